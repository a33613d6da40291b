using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Messages;

/// <summary>A visible change of a message. The event does not contain the change: the presenter reads the message as it is then.</summary>
public interface IMessageChangeEvent : IConversationEvent
{
    MessageId MessageId { get; }

    /// <summary>The conversation's revision of the change.</summary>
    long Revision { get; }
}
