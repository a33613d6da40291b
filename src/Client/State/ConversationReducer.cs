namespace CleanMessaging.Client;

/// <summary>
/// Derives the next state of an open conversation from a change. A pure function: it has no locks, sends no requests and reads no clock. A
/// change that has no effect, such as a duplicate, returns the same instance.
/// </summary>
internal static class ConversationReducer
{
    public static ConversationState Reduce(ConversationState state, ConversationChange change) => change switch
    {
        MessageReceived received => state.Receive(received).Trim(),
        DeletionReceived deletion => state.Delete(deletion.Deleted),
        PersonalStateReceived personal => state.ReceivePersonalState(personal),
        ChangesRecovered recovered => state.Recover(recovered),
        PageLoaded loaded => state.Load(loaded),
        PageReplaced replaced => state.Replace(replaced),
        EarlierPageLoaded earlier => state.Prepend(earlier),
        LaterPageLoaded later => state.Append(later),
        QuotesRequested requested => state.RequestQuotes(requested),
        QuotesFound found => state.FindQuotes(found),
        ReloadRequested => state with { IsReloadRequested = true },
        AccessFailed failed => state.Failure?.Code == failed.Reason.Code ? state : state with { Failure = failed.Reason },
        ReadReceived read => state.MoveReadPointer(read.UserId, read.LastReadSequence),
        ConversationReceived received => state.UpdateFrom(received.Conversation),
        ExpirationChangeReceived changed => state.ChangeExpiration(changed),
        TimePassed passed => state.Expire(passed.Now),
        _ => throw new ArgumentOutOfRangeException(nameof(change), change.GetType().Name, "The reducer has no case for this change."),
    };
}
