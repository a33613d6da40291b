namespace CleanMessaging.Domain.Messages;

/// <content>The erasure of the contents of an expired message.</content>
public sealed partial class Message
{
    /// <summary>
    /// Whether there is a text or an attachment. A message that is neither deleted nor redacted always has one of them.
    /// </summary>
    public bool HasContents => Content.Length > 0 || Attachments is not null;

    /// <summary>Whether the contents were erased after the expiry.</summary>
    public bool IsRedacted => DeletedAt is null && !HasContents;

    /// <summary>
    /// Erases what the expired message contained, in the form of a deleted one: the text, the attachments and the reactions. What remains
    /// says that it was sent, when, by whom and for how many points. No one is notified, because no one sees an expired message. Returns
    /// whether the message changed: false if there are no contents.
    /// </summary>
    /// <remarks>The earlier texts are rows of their own, and are deleted in the same transaction.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The message has not expired.</exception>
    public bool Redact(IRequestHasher hasher, DateTimeOffset now)
    {
        if (!this.HasExpired(now))
            throw new ArgumentOutOfRangeException(nameof(now), "Only an expired message can be redacted.");

        if (!HasContents)
            return false;

        HashRequest(hasher);
        EraseContents();

        return true;
    }

    /// <summary>Whether the contents are no longer known, because the message was deleted or redacted.</summary>
    private bool AreContentsErased => DeletedAt is not null || IsRedacted;

    private void EraseContents()
    {
        Content = "";
        Attachments = null;
        Reactions = null;
        PlayedAt = null;
    }
}
