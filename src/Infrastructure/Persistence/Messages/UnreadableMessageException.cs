using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

/// <summary>
/// A stored text, or the key of its conversation, cannot be decrypted: it was changed outside of the product, or a key was erased. Nothing
/// that depends on it can be done.
/// </summary>
internal sealed class UnreadableMessageException : Exception
{
    private UnreadableMessageException(string message)
        : base(message)
    {
    }

    public static UnreadableMessageException OfText(MessageId messageId) =>
        new($"The text of message {messageId.Value} cannot be decrypted.");

    public static UnreadableMessageException OfKey(ConversationId conversationId) =>
        new($"The key of conversation {conversationId.Value} cannot be decrypted.");
}
