namespace CleanMessaging.Client;

/// <summary>Holds who is typing in the user's conversations, open or not. Thread-safe.</summary>
internal sealed class TypingSync(Guid userId, ServerClock clock, Action<SessionChange> publish)
{
    private readonly Lock _gate = new();
    private TypingState _state = TypingState.Empty;

    /// <summary>Returns the other participants who are typing in a conversation.</summary>
    public IReadOnlyList<Guid> UsersIn(Guid conversationId) => Volatile.Read(ref _state).UsersIn(conversationId);

    public void OnTyping(TypingEvent received) => Change(state => state.Apply(received), clock.Now);

    public void OnMessage(Message message)
    {
        if (message.SenderId != userId)
            Change(state => state.Apply(message), clock.Now);
    }

    public void OnJoined(JoinedConversation joined) => Change(state => state.Apply(joined), clock.Now);

    /// <summary>Removes the indicators that have expired, and returns the time of the next expiry.</summary>
    public DateTimeOffset? Expire(DateTimeOffset now) => Change(state => state, now).NextExpiry;

    private TypingState Change(Func<TypingState, TypingState> change, DateTimeOffset now)
    {
        lock (_gate)
        {
            var before = _state;
            var after = change(before).Expire(now);
            Volatile.Write(ref _state, after);
            foreach (var conversationId in after.ChangedSince(before))
                publish(new TypingChanged(conversationId, after.UsersIn(conversationId)));

            return after;
        }
    }
}
