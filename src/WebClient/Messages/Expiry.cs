namespace CleanMessaging.WebClient.Messages;

/// <summary>The user's choice of when a message expires. Without a choice, the conversation's default applies.</summary>
/// <param name="Hours">Hours after which the message expires; null for never, or without a choice.</param>
/// <param name="IsNever">Whether the user has chosen that it never expires, in a conversation with a default.</param>
public readonly record struct Expiry(int? Hours, bool IsNever = false)
{
    /// <summary>
    /// Returns what to send: exactly what the control has shown, so that a default that is set before the server accepts the message does
    /// not apply. A message that waits for a connection can take hours until then.
    /// </summary>
    /// <param name="defaultHours">The default that the control has shown; null for none.</param>
    /// <param name="knowsNever">
    /// Whether the server understands that a message never expires. A server of an earlier version does not, and has no defaults.
    /// </param>
    public (int? Hours, bool NeverExpires) ToSend(int? defaultHours, bool knowsNever) =>
        (Hours ?? (IsNever ? null : defaultHours)) is { } hours ? (hours, false) : (null, knowsNever || defaultHours is not null);
}
