namespace CleanMessaging.WebClient.Messages;

/// <summary>The user's choice of when a message expires. Without a choice, the conversation's default applies.</summary>
/// <param name="Hours">Hours after which the message expires; null for never, or without a choice.</param>
/// <param name="IsNever">Whether the user has chosen that it never expires, in a conversation with a default.</param>
public readonly record struct Expiry(int? Hours, bool IsNever = false)
{
    /// <summary>
    /// Returns what to send: exactly what the control has shown, so that a default that changes at this moment does not apply. Without a
    /// default nothing is sent; a server of an earlier version would not understand that a message never expires.
    /// </summary>
    /// <param name="defaultHours">The default that the control has shown; null for none.</param>
    public (int? Hours, bool NeverExpires) ToSend(int? defaultHours) =>
        defaultHours is null ? (Hours, false) : IsNever ? (null, true) : (Hours ?? defaultHours, false);
}
