namespace CleanMessaging.Client;

/// <summary>What marking as read did.</summary>
/// <param name="MessagesMarked">The other's visible messages that are read now and were not before.</param>
/// <param name="LastReadSequence">Where the user's read pointer stands.</param>
public sealed record MarkedRead(int MessagesMarked, long LastReadSequence);
