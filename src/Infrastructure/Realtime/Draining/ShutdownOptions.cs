using System.ComponentModel.DataAnnotations;

namespace CleanMessaging.Infrastructure.Realtime.Draining;

/// <summary>How the server ends when it is told to.</summary>
internal sealed class ShutdownOptions
{
    public const string Section = "Shutdown";

    /// <summary>How long it goes on serving after it said that it will stop, 0 to 60 seconds; 5 by default, in Development 0.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Drain { get; set; } = TimeSpan.FromSeconds(5);
}
