namespace CleanMessaging.Client;

/// <summary>The result of marking messages as read.</summary>
/// <param name="MessagesMarked">Number of the other participant's visible messages that this call marked as read.</param>
/// <param name="LastReadSequence">The user's read pointer after the call.</param>
public sealed record MarkedRead(int MessagesMarked, long LastReadSequence);
