using CleanMessaging.Domain.Quotas;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.Load;

/// <summary>
/// Compares the responses that a load received with the stored rows. Each method fails the test when it finds a contradiction.
/// </summary>
internal static class Checker
{
    /// <summary>
    /// Verifies that each acknowledged message is stored as acknowledged, that only requested messages are stored, that no rejected message
    /// is stored, and none is stored twice.
    /// </summary>
    public static void JournalAgrees(Journal journal, Stored stored)
    {
        stored.Messages.Select(message => message.Content).ShouldBeUnique("messages stored twice");
        stored.Messages
            .Where(message => message.Key is not null)
            .Select(message => (message.SenderId, message.Key))
            .ShouldBeUnique("keys stored twice");

        var byContent = stored.Messages.ToDictionary(message => message.Content);
        var attempted = journal.Attempts.Where(attempt => attempt.Send is not null).GroupBy(attempt => attempt.Send!).ToList();
        attempted.Count.ShouldBeGreaterThan(50);
        byContent.Keys.Except(attempted.Select(send => send.Key.Content)).ShouldBeEmpty("stored, but never attempted");

        foreach (var send in attempted)
        {
            var message = byContent.GetValueOrDefault(send.Key.Content);
            foreach (var acknowledged in send.Where(attempt => attempt.IsAcknowledged))
            {
                message.ShouldNotBeNull($"Acknowledged, and not stored: {acknowledged}");
                (acknowledged.MessageId, acknowledged.Sequence, acknowledged.Charge)
                    .ShouldBe((message.Id, message.Sequence, message.Charge), $"not stored as acknowledged: {acknowledged}");
            }

            if (message is null)
                continue;

            (message.SenderId, message.ConversationId, message.Key).ShouldBe((send.Key.Sender.Id, send.Key.ConversationId, send.Key.Key));
            send.ShouldContain(attempt => attempt.IsAcknowledged || attempt.IsInDoubt, $"stored, although rejected: {send.Last()}");
        }
    }

    /// <summary>Verifies that sequences are 1 to n, in the order in which the sends completed.</summary>
    public static void OrderAgrees(Journal journal, Stored stored)
    {
        var began = journal.Attempts.Where(attempt => attempt.Send is not null)
            .GroupBy(attempt => attempt.Send!.Content)
            .ToDictionary(attempts => attempts.Key, attempts => attempts.Min(attempt => attempt.Started));
        var acknowledged = journal.Attempts.Where(attempt => attempt is { Send: not null, IsAcknowledged: true })
            .GroupBy(attempt => attempt.Send!.Content)
            .ToDictionary(attempts => attempts.Key, attempts => attempts.Min(attempt => attempt.Ended));

        foreach (var conversation in stored.Conversations)
        {
            var messages = stored.Messages.Where(message => message.ConversationId == conversation.Id).ToList();
            messages.Select(message => message.Sequence)
                .ShouldBe(Enumerable.Range(1, messages.Count).Select(number => (long)number), "sequences");
            messages.Select(message => message.Revision).ShouldBe(messages.Select(message => message.Sequence), "revisions");
            messages.Select(message => message.CreatedAt).ShouldBeInOrder();
            (conversation.LastSequence, conversation.Revision).ShouldBe((messages.Count, messages.Count));

            var latest = TimeSpan.Zero;
            foreach (var message in messages)
            {
                var end = acknowledged.GetValueOrDefault(message.Content, TimeSpan.MaxValue);
                end.ShouldBeGreaterThanOrEqualTo(latest, $"{message} was acknowledged before one with a lower number was asked for");
                latest = began[message.Content] > latest ? began[message.Content] : latest;
            }
        }
    }

    /// <summary>Verifies that charges, ledger, balances and quotas agree, and that each credit is stored once.</summary>
    public static void MoneyAgrees(Cast cast, IReadOnlyList<string> credits, Stored stored)
    {
        var lines = stored.Lines.ToLookup(line => line.UserId);
        foreach (var wallet in stored.Wallets)
        {
            var balance = 0L;
            var number = 0L;
            foreach (var line in lines[wallet.UserId])
            {
                balance += line.Amount;
                number++;
                (line.Number, line.BalanceAfter).ShouldBe((number, balance), line.ToString());
                balance.ShouldBeGreaterThanOrEqualTo(0);
            }

            (wallet.Balance, wallet.LastNumber).ShouldBe((balance, number), wallet.ToString());
        }

        stored.Lines
            .Where(line => line.Type == "SPEND")
            .Select(line => (line.MessageId, line.UserId, -line.Amount))
            .OrderBy(paid => paid.MessageId)
            .ShouldBe(
                stored.Messages.Where(message => message.Charge > 0)
                    .Select(message => ((Guid?)message.Id, message.SenderId, message.Charge))
                    .OrderBy(paid => paid.Item1),
                "paid messages and what was paid for");
        lines[cast.Poor.Id].Where(line => line.Type == "TOPUP").Select(line => line.IdempotencyKey!).ShouldBe(credits, ignoreOrder: true);

        foreach (var wallet in stored.Wallets)
        {
            var sent = stored.Messages.Where(message => message.SenderId == wallet.UserId).ToList();
            var days = sent.GroupBy(message => DateOnly.FromDateTime(message.CreatedAt.UtcDateTime)).OrderBy(day => day.Key).ToList();
            foreach (var day in days)
            {
                var limit = wallet.FreeLimit ?? QuotaPolicy.DefaultDailyFreeLimit;
                day.Count(message => message.Charge == 0).ShouldBe(Math.Min(limit, day.Count()), $"free messages of {wallet} on {day.Key}");
                day.ShouldAllBe(message => message.Charge == 0 || message.Charge == QuotaPolicy.DefaultPointsPerMessage);
            }

            if (days.Count > 0)
                (wallet.QuotaDate, wallet.SentToday).ShouldBe((days[^1].Key, days[^1].Count()), wallet.ToString());
        }
    }

    /// <summary>Verifies that an observer has received exactly the stored messages of every conversation that it follows.</summary>
    public static void ObserverAgrees(Observer observer, Stored stored)
    {
        observer.Received.ShouldBeGreaterThan(0);
        var expected = stored.Messages.Where(message => observer.Conversations.Contains(message.ConversationId))
            .ToDictionary(message => (message.ConversationId, message.Revision), message => message.Id);
        observer.Seen.Except(expected).ShouldBeEmpty("shown, but not stored");
        expected.Except(observer.Seen).ShouldBeEmpty("stored, but never shown");
    }

    public static Task NoTransactionIsIdleAsync(Database database) => Eventually.TrueAsync(
        async () => await database.QueryAsync<long>(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'") == 0,
        "A transaction stays idle.");

    /// <summary>
    /// Verifies that there was no deadlock. The server must have stopped, because PostgreSQL reports a deadlock when its connection closes.
    /// </summary>
    public static async Task NothingDeadlockedAsync(Database database)
    {
        await Eventually.TrueAsync(
            async () => await database.QueryAsync<long>(
                $"SELECT count(*) FROM pg_stat_activity WHERE {Database.OfTheServer}") == 0,
            "The server's connections did not end.");
        (await database.QueryAsync<long>("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")).ShouldBe(0);
    }

    /// <summary>Verifies that no message text, password, key or token was printed.</summary>
    public static void LogsAreSilent(ApiProcess api, Cast cast)
    {
        api.Lines.ShouldNotBeEmpty();
        string[] secrets = [SendingLoad.Secret, ApiServer.Password, ApiServer.SigningKey, .. cast.Senders.Append(cast.Admin).SelectMany(person => person.Secrets)];
        foreach (var secret in secrets)
            api.Lines.Where(line => line.Contains(secret, StringComparison.Ordinal)).ShouldBeEmpty();
    }
}
