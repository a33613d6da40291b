using CleanMessaging.Infrastructure.Realtime;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// Runs sends together: reads what they need, unless that is known, lets each be decided upon what the one before has left, stores all that
/// was decided, then publishes. Two round trips at most as a rule; the last one stores everything or nothing, and holds no lock that anybody
/// waits for over a round trip.
/// </summary>
internal sealed class SendGroup(
    [FromKeyedServices(PersistenceRegistration.Together)] NpgsqlDataSource dataSource, KnownRows known, RealtimeNotifier notifier)
{
    /// <summary>Never throws: each send is told how it went.</summary>
    public async Task RunAsync(IReadOnlyList<PendingSend> sends)
    {
        try
        {
            await StoreAsync(sends);
        }
        catch (Exception failure)
        {
            known.Clear();
            foreach (var send in sends)
                send.Fail(failure);
            return;
        }

        try
        {
            foreach (var send in sends)
                notifier.Publish(send.Events);
        }
        finally
        {
            // It is stored, whoever hears of it.
            foreach (var send in sends)
                send.Complete();
        }
    }

    private async Task StoreAsync(IReadOnlyList<PendingSend> sends)
    {
        await using var connection = await OpenAsync(Remaining(sends));
        foreach (var send in sends)
            send.HasBegun = true;

        if (known.Take(sends, connection.ProcessID) is { } rows && await TryStoreAsync(connection, sends, rows))
            return;

        var loaded = await LoadAsync(connection, sends);
        await DecideAsync(sends, loaded);

        // All were refused, or had been sent before.
        if (loaded.Added.Count == 0)
            return;

        if (Remaining(sends) <= TimeSpan.Zero)
            throw new TimeoutException("There is no time left to store it.");

        await StoreAsync(connection, sends, loaded);
    }

    /// <summary>
    /// Stores what was decided upon known rows. Does nothing and returns false when they are not enough: when one of the sends is refused,
    /// which may have ceased to be right, when somebody else has written one of the rows, or when one of the sends had been sent before.
    /// </summary>
    private async Task<bool> TryStoreAsync(NpgsqlConnection connection, IReadOnlyList<PendingSend> sends, LoadedSends rows)
    {
        await DecideAsync(sends, rows);
        if (rows.Added.Count < sends.Count || Remaining(sends) <= TimeSpan.Zero)
            return false;

        try
        {
            await StoreAsync(connection, sends, rows);

            return true;
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.UniqueViolation)
        {
            foreach (var send in sends)
                send.IsCommitting = false;

            return false;
        }
    }

    private static async Task DecideAsync(IReadOnlyList<PendingSend> sends, LoadedSends loaded)
    {
        foreach (var send in sends)
            send.Events = await loaded.DecideAsync(send);
    }

    private async Task StoreAsync(NpgsqlConnection connection, IReadOnlyList<PendingSend> sends, LoadedSends loaded)
    {
        // Of a refusal nothing is stored.
        foreach (var send in sends)
            send.IsCommitting = send.Events.Count > 0;
        await using var store = SendStatements.ToStore(connection, loaded);
        known.Keep(loaded, (uint)(await store.ExecuteScalarAsync())!);
    }

    private async Task<NpgsqlConnection> OpenAsync(TimeSpan atMost)
    {
        using var limit = new CancellationTokenSource(atMost > TimeSpan.Zero ? atMost : TimeSpan.Zero);
        try
        {
            return await dataSource.OpenConnectionAsync(limit.Token);
        }
        catch (OperationCanceledException exception)
        {
            throw new TimeoutException("There was no connection in time.", exception);
        }
    }

    private static async Task<LoadedSends> LoadAsync(NpgsqlConnection connection, IReadOnlyList<PendingSend> sends)
    {
        await using var load = SendStatements.ToLoad(connection, sends);
        load.CommandTimeout = Math.Clamp((int)Remaining(sends).TotalSeconds, 1, load.CommandTimeout);
        await using var reader = await load.ExecuteReaderAsync();

        return await SendStatements.ReadAsync(reader);
    }

    private static TimeSpan Remaining(IReadOnlyList<PendingSend> sends) => sends.Min(send => send.Remaining);
}
