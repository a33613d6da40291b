using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

/// <summary>A verifiable event of a change of a message. The message proves it by its revision and its times.</summary>
public interface IVerifiableMessageEvent : IVerifiableEvent
{
    MessageId MessageId { get; }

    /// <summary>The conversation's revision of the change.</summary>
    long Revision { get; }

    /// <summary>The time of the change, later than that of every earlier change of the message.</summary>
    DateTimeOffset ChangedAt { get; }

    Type IVerifiableEvent.RowType => typeof(Message);

    IReadOnlyList<object> IVerifiableEvent.RowKey => [MessageId.Value];

    bool? IVerifiableEvent.IsCommitted(object? row) => row is Message message ? message.HasChange(Revision, ChangedAt) : false;
}
