using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

/// <summary>How long, and how often, a sender can change a message.</summary>
/// <param name="EditWindow">How long after the send the text can be edited; zero for never.</param>
/// <param name="EditsMax">The maximum number of edits of one message.</param>
/// <param name="DeleteWindow">How long after the send the message can be deleted for everyone; zero for never.</param>
public sealed record MessageChangePolicy(TimeSpan EditWindow, int EditsMax, TimeSpan DeleteWindow)
{
    /// <summary>15 minutes for up to 10 edits, and 48 hours for a deletion.</summary>
    public static readonly MessageChangePolicy Default = new(TimeSpan.FromMinutes(15), 10, TimeSpan.FromHours(48));

    /// <summary>Verifies that a message can be edited at an instant.</summary>
    /// <exception cref="DomainException"><c>message.edit_window_over</c>, <c>message.too_many_edits</c></exception>
    internal void EnsureEditable(Message message, DateTimeOffset now)
    {
        var until = message.CreatedAt + EditWindow;
        if (now >= until)
            throw new DomainException(MessageErrors.EditWindowOver(until));

        if (message.Version >= EditsMax)
            throw new DomainException(MessageErrors.TooManyEdits(EditsMax));
    }

    /// <summary>Verifies that a message can be deleted for everyone at an instant.</summary>
    /// <exception cref="DomainException"><c>message.delete_window_over</c></exception>
    internal void EnsureDeletable(Message message, DateTimeOffset now)
    {
        var until = message.CreatedAt + DeleteWindow;
        if (now >= until)
            throw new DomainException(MessageErrors.DeleteWindowOver(until));
    }
}
