using CleanMessaging.WebClient.Attachments;

namespace CleanMessaging.WebClient.SignedIn;

/// <summary>The draft of a message.</summary>
/// <param name="ExpirationHours">Hours after which the message expires; null for never, or for the conversation's default.</param>
/// <param name="NeverExpires">Whether the user has chosen that it never expires, in a conversation with a default.</param>
/// <param name="ReplyToSequence">
/// The sequence of the message that it replies to; null if it is not a reply. A draft has no text of that message.
/// </param>
/// <param name="Attachments">The uploaded files; null if there are none.</param>
internal sealed record Draft(
    string Text,
    int? ExpirationHours,
    bool NeverExpires = false,
    long? ReplyToSequence = null,
    IReadOnlyList<DraftAttachment>? Attachments = null)
{
    public static readonly Draft Empty = new("", null);
}
