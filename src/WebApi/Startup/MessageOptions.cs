using System.ComponentModel.DataAnnotations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.WebApi.Startup;

/// <summary>Options of changes to messages: how long they can be edited and deleted for everyone.</summary>
internal sealed class MessageOptions
{
    public const string Section = "Messages";

    /// <summary>How long after the send the sender can edit the text, up to 7 days; 15 minutes by default, 0 for never.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan EditWindow { get; set; } = MessageChangePolicy.Default.EditWindow;

    /// <summary>The maximum number of edits of one message; 10 by default.</summary>
    [Range(1, 100)]
    public int EditsMax { get; set; } = MessageChangePolicy.Default.EditsMax;

    /// <summary>Who sees the earlier texts of an edited message; both participants by default.</summary>
    [EnumDataType(typeof(EditHistory))]
    public EditHistory EditHistory { get; set; } = EditHistory.Participants;

    /// <summary>
    /// How long after the send the sender can delete the message for everyone, up to 365 days; 48 hours by default, 0 for never.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan DeleteWindow { get; set; } = MessageChangePolicy.Default.DeleteWindow;

    public MessageChangePolicy ToPolicy() => new(EditWindow, EditsMax, DeleteWindow);
}
