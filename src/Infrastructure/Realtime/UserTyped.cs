namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>Somebody types in a conversation, or has stopped to. Not stored.</summary>
/// <param name="Until">When to forget it without another one.</param>
/// <param name="Sequence">Of the conversation's newest message.</param>
/// <param name="Revision">Where the conversation stands.</param>
/// <param name="NotifiedIds">The other participants.</param>
public sealed record UserTyped(
    Guid ConversationId,
    Guid UserId,
    bool IsTyping,
    DateTimeOffset Until,
    long Sequence,
    long Revision,
    IReadOnlyList<Guid> NotifiedIds);

/// <summary>Takes what the hub wants told; the hub is public, the notifier behind this is not.</summary>
public interface ITypingNotifier
{
    /// <summary>Tells the others who joined, on whichever server they are. Never waits, never throws.</summary>
    void Typing(UserTyped typed);
}
