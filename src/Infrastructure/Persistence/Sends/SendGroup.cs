using CleanMessaging.Infrastructure.Realtime;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// Runs sends together: reads what they need, lets each be decided upon what the one before has left, stores all that was decided, then
/// publishes. Two round trips; the second stores everything or nothing, and holds no lock that anybody waits for over a round trip.
/// </summary>
internal sealed class SendGroup([FromKeyedServices(PersistenceRegistration.Together)] NpgsqlDataSource dataSource, RealtimeNotifier notifier)
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

        var loaded = await LoadAsync(connection, sends);
        foreach (var send in sends)
            send.Events = await loaded.DecideAsync(send);

        // All were refused, or had been sent before.
        if (loaded.Added.Count == 0)
            return;

        if (Remaining(sends) <= TimeSpan.Zero)
            throw new TimeoutException("There is no time left to store it.");

        // Of a refusal nothing is stored.
        foreach (var send in sends)
            send.IsCommitting = send.Events.Count > 0;
        await using var store = SendStatements.ToStore(connection, loaded);
        await store.ExecuteNonQueryAsync();
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
