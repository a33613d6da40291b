using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

/// <summary>
/// The stored text of a message cannot be decrypted: it was changed outside of the product, or its key was erased. Nothing that
/// depends on the text can be done with the message.
/// </summary>
internal sealed class UnreadableMessageException(MessageId messageId)
    : Exception($"The text of message {messageId.Value} cannot be decrypted.");
