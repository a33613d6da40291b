namespace CleanMessaging.Client;

/// <summary>
/// Keeps the server's rules up to date. They are requested with each connection, because a server reads its settings when it starts.
/// Thread-safe.
/// </summary>
internal sealed class RulesSync(MessagesClient messages, Action<SessionChange> publish)
{
    private MessageRules _current = MessageRules.Default;

    /// <summary>The rules of the server; the defaults until they are loaded.</summary>
    public MessageRules Current => Volatile.Read(ref _current);

    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var rules = await ReadAsync(cancellationToken).ConfigureAwait(false);
        if (rules == Current)
            return;

        Volatile.Write(ref _current, rules);
        publish(new RulesChanged(rules));
    }

    private async Task<MessageRules> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await messages.GetRulesAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (NotFoundException)
        {
            // A server of an earlier version does not say its rules.
            return MessageRules.Default;
        }
        catch (MessagingException failure) when (failure is not SignedOutException)
        {
            // The session works without the rules. They are requested again with the next connection.
            return Current;
        }
    }
}
