using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Retention;

/// <summary>
/// Servers with keys on which an Admin can purge messages as soon as they have expired: one for each retention setting that the tests of a
/// class use. As a purge is for all conversations, the messages of earlier tests are made to last.
/// </summary>
public sealed class RetentionServerFixture(TestPostgres postgres) : IAsyncLifetime
{
    private readonly Dictionary<string, ApiServer> _servers = [];

    public Task<ApiServer> RetainingAsync() => ServerAsync("Retain");

    public Task<ApiServer> RedactingAsync() => ServerAsync("Redact");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.Values)
        {
            await server.ShouldHoldNoTransactionAsync();
            await server.DisposeAsync();
        }
    }

    private async Task<ApiServer> ServerAsync(string expiredContent)
    {
        if (_servers.TryGetValue(expiredContent, out var started))
        {
            await started.ExecuteAsync("UPDATE messages SET expires_at = NULL WHERE expires_at IS NOT NULL");

            return started;
        }

        var settings = TestKeys.Settings("one");
        settings["Retention:KeepExpiredDays"] = "0";
        settings["Retention:ExpiredContent"] = expiredContent;

        return _servers[expiredContent] = await ApiServer.StartAsync(postgres, settings);
    }
}

internal static class RetentionSteps
{
    public const string Reason = "Retention period of the year";

    public static Task<Answer> PurgeAsync(this TestUser admin, DateTimeOffset expiredBefore, int? atMost = null, string reason = Reason) =>
        admin.PostAsync("/api/admin/messages/purge", atMost is { } most ? new { expiredBefore, atMost = most, reason } : new { expiredBefore, reason });

    /// <summary>Purges until nothing is left; returns the number of purged messages.</summary>
    public static async Task<int> PurgeAllAsync(this TestUser admin, DateTimeOffset expiredBefore, int? atMost = null)
    {
        var purged = 0;
        while (true)
        {
            var (count, _, isDone) = (await admin.PurgeAsync(expiredBefore, atMost)).Purged();
            purged += count;
            if (isDone)
                return purged;
        }
    }

    public static (int Purged, DateTimeOffset? OldestLeft, bool IsDone) Purged(this Answer answer)
    {
        var data = answer.Expect(HttpStatusCode.OK).Data;
        data.Members().ShouldBe(["purged", "oldestLeft", "isDone"]);
        var oldestLeft = data.GetProperty("oldestLeft");

        return (
            data.GetProperty("purged").GetInt32(),
            oldestLeft.ValueKind == System.Text.Json.JsonValueKind.Null ? null : oldestLeft.GetDateTimeOffset(),
            data.GetProperty("isDone").GetBoolean());
    }

    /// <summary>The numbers of messages of an Admin's recorded purges, newest first.</summary>
    public static Task<int[]> RecordedAsync(this ApiServer server, params TestUser[] admins) => server.QueryAsync<int[]>(
        $"""
        SELECT coalesce(array_agg(count ORDER BY id DESC), ARRAY[]::int[]) FROM admin_actions
        WHERE actor_id IN ({string.Join(", ", admins.Select(admin => $"'{admin.Id}'"))})
        """);

    /// <summary>The sequences of the messages of a conversation that still have a text, in order.</summary>
    public static Task<long[]> WithTextAsync(this ApiServer server, Guid conversationId) =>
        server.QueryAsync<long[]>(
            $"SELECT coalesce(array_agg(sequence ORDER BY sequence), '{{}}') FROM messages WHERE conversation_id = '{conversationId}' AND content <> ''");
}
