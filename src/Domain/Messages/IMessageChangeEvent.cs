using CleanMessaging.Domain.Conversations;

namespace CleanMessaging.Domain.Messages;

/// <summary>
/// A visible change of a message. The event does not contain the change: the presenter reads the current message when it sends the hub
/// event.
/// </summary>
public interface IMessageChangeEvent : IConversationEvent, IVerifiableMessageEvent;
