using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Messages;

/// <summary>An earlier text of an edited message. It is erased when the message is deleted.</summary>
public sealed class MessageVersion
{
    private MessageVersion()
    {
    }

    internal MessageVersion(MessageId messageId, int number, string content, DateTimeOffset writtenAt)
    {
        MessageId = messageId;
        Number = number;
        Content = content;
        WrittenAt = writtenAt;
    }

    public Guid MessageId { get; private init; }

    /// <summary>The <see cref="Message.Version"/> that had this text; 0 for the text as it was sent.</summary>
    public int Number { get; private init; }

    public string Content { get; private init; } = "";

    /// <summary>When the text was sent or edited.</summary>
    public DateTimeOffset WrittenAt { get; private init; }
}
