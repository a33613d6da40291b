using System.Net;
using CleanMessaging.Domain.Users;
using CleanMessaging.Fault.Tests.Load;
using CleanMessaging.Tests.Support;
using Npgsql;

namespace CleanMessaging.Fault.Tests;

/// <summary>Kills a server in the middle of a purge.</summary>
public sealed class KilledPurgeTests(FaultPostgres postgres)
{
    private const int Expired = 100;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The kill is between the erasure of the batch and its record, for which the purge waits.</summary>
    [Fact(DisableParallelization = true)]
    public async Task Purge_WhoseServerIsKilled_LosesNothingAndIsCompletedAfterTheRestart()
    {
        var database = new Database(await postgres.CreateDatabaseAsync());
        await using var api = await ApiProcess.StartAsync(
            database.ConnectionString, new Dictionary<string, string?> { ["Retention:KeepExpiredDays"] = "0" });
        var admin = await Person.RegisterAsync(api, "admin", UserRole.Investor);
        var sender = await Person.RegisterAsync(api, "sender", UserRole.Investor);
        var receiver = await Person.RegisterAsync(api, "receiver", UserRole.Startup);
        await database.ExecuteAsync($"UPDATE users SET role = 'Admin' WHERE id = '{admin.Id}'");
        await admin.LogInAgainAsync(admin.User);
        await sender.User.ConversationWithAsync(receiver.User);
        await database.ExecuteAsync(
            $"""
            INSERT INTO messages (id, conversation_id, sequence, revision, sender_id, content, created_at, updated_at, expires_at, is_expired, points_charged)
            SELECT gen_random_uuid(), id, n, n, '{sender.Id}', 'Text ' || n, now(), now(), now() - interval '1 day', false, 0
            FROM conversations, generate_series(1, {Expired}) AS n;
            UPDATE conversations SET last_sequence = {Expired}, revision = {Expired}
            """);
        var purge = new { expiredBefore = TimeProvider.System.GetUtcNow().AddMinutes(-1), reason = "Test" };

        await using (var holder = await database.OpenAsync())
        {
            await using var transaction = await holder.BeginTransactionAsync(Token);
            await using var command = new NpgsqlCommand("LOCK TABLE admin_actions IN SHARE MODE", holder, transaction);
            await command.ExecuteNonQueryAsync(Token);
            var killed = admin.User.PostAsync("/api/admin/messages/purge", purge);
            await Eventually.TrueAsync(
                async () => await database.QueryAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%admin_actions%'") > 0,
                "The purge does not wait for its record.");
            await api.KillAsync();
            await Should.ThrowAsync<HttpRequestException>(killed);
        }

        (await database.QueryAsync<long>("SELECT count(*) FROM messages WHERE content <> '' AND NOT is_expired")).ShouldBe(Expired);
        (await database.QueryAsync<long>("SELECT count(*) FROM admin_actions")).ShouldBe(0);
        await api.StartAgainAsync();
        Answer purged;
        do
            purged = (await admin.User.PostAsync("/api/admin/messages/purge", purge)).Expect(HttpStatusCode.OK);
        while (!purged.Data.GetProperty("isDone").GetBoolean());

        (await database.QueryAsync<long>("SELECT sum(count) FROM admin_actions")).ShouldBe(Expired);
        (await database.QueryAsync<long>("SELECT count(*) FROM messages WHERE content = '' AND is_expired")).ShouldBe(Expired);
    }
}
