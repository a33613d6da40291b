using System.ComponentModel.DataAnnotations;

namespace CleanMessaging.WebApi.Startup;

/// <summary>Options for starting a conversation.</summary>
internal sealed class ConversationOptions
{
    public const string Section = "Conversations";

    /// <summary>Price of starting a conversation in points; 0 (free) by default.</summary>
    [Range(0, 1_000_000)]
    public long Price { get; set; }
}
