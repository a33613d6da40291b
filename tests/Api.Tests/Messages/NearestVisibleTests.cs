using System.Globalization;
using System.Text.Json;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Messages;

/// <summary>
/// Tests that the database functions select exactly the messages that the shared predicate selects, for any pattern of expired messages.
/// </summary>
public sealed class NearestVisibleTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const int Messages = 1_500;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// SQL expressions for the seconds from now until the n-th message expires. Long runs of expired messages force the functions to read
    /// beyond the nearest rows.
    /// </summary>
    public static TheoryData<string> Expiries =>
    [
        "NULL",
        "-1",
        "CASE WHEN n > 300 THEN -1 END",
        "CASE WHEN n <= 1200 THEN -1 END",
        "CASE WHEN n BETWEEN 100 AND 1400 THEN -1 ELSE 1000 END",
        "CASE WHEN n > 700 THEN -1 WHEN n % 3 = 0 THEN 1000 END",
        "CASE WHEN hashint4(n) % 2 = 0 THEN -1 WHEN hashint4(n) % 3 = 0 THEN 1000 END",
        "CASE WHEN n > 1490 THEN -1 WHEN n % 2 = 0 THEN 1000 END",
        "CASE n WHEN 1 THEN 0 WHEN 750 THEN 0.000001 WHEN 1500 THEN 0 ELSE -1 END",
    ];

    [Theory]
    [MemberData(nameof(Expiries))]
    public Task NearestVisible_OfAnyMessages_IsWhatThePredicateSays(string expiry) => ShouldFindAsync(fixture.Server, expiry);

    [Theory]
    [MemberData(nameof(Expiries))]
    public Task CountReceived_OfAnyMessages_IsWhatThePredicateSays(string expiry) => ShouldCountAsync(fixture.Server, expiry);

    [Theory]
    [MemberData(nameof(Expiries))]
    public Task Preview_OfAnyMessages_IsWhatThePredicateSays(string expiry) => ShouldFindNewestAsync(fixture.Server, expiry);

    /// <summary>Tests a database without the extension: not every distribution contains it, and not every role may create it.</summary>
    [LongFact]
    public async Task NearestVisible_WhereTheExtensionMayNotBeCreated_IsWhatThePredicateSays()
    {
        var name = $"limited_{Guid.CreateVersion7():N}";
        var owner = fixture.Server.ConnectionString;
        var database = new NpgsqlConnectionStringBuilder(owner) { Database = name, Pooling = false };
        await fixture.Server.ExecuteAsync($"CREATE ROLE {name} LOGIN PASSWORD '{name}'");
        await fixture.Server.ExecuteAsync($"CREATE DATABASE {name}");
        await using (var connection = new NpgsqlConnection(database.ConnectionString))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var grant = new NpgsqlCommand($"GRANT CREATE ON SCHEMA public TO {name}", connection);
            await grant.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        try
        {
            database.Username = name;
            database.Password = name;
            await DatabaseMigration.RunAsync(database.ConnectionString, TestContext.Current.CancellationToken);
            await using var server = await fixture.StartAnotherAsync(
                new Dictionary<string, string?>(), connectionString: database.ConnectionString);
            (await server.QueryAsync<long>("SELECT count(*) FROM pg_extension WHERE extname = 'btree_gist'")).ShouldBe(0);

            foreach (var expiry in Expiries)
            {
                await ShouldFindAsync(server, expiry.Data);
                await ShouldCountAsync(server, expiry.Data);
                await ShouldFindNewestAsync(server, expiry.Data);
            }
        }
        finally
        {
            await fixture.Server.ExecuteAsync($"DROP DATABASE {name} WITH (FORCE)");
            await fixture.Server.ExecuteAsync($"DROP ROLE {name}");
        }
    }

    /// <summary>Tests that the functions skip 50,000 expired messages, both to find earlier messages and to count.</summary>
    [LongTheory]
    [InlineData("SELECT * FROM newest_visible('{0}', NULL, now(), 0, 9223372036854775807, 51)")]
    [InlineData("SELECT * FROM oldest_visible('{0}', NULL, now(), 150, 9223372036854775807, 51)")]
    [InlineData("SELECT * FROM view_conversations(ARRAY(SELECT user_id FROM participants WHERE conversation_id = '{0}'), ARRAY['{0}'::uuid], now() + interval '1 week')")]
    [InlineData("SELECT * FROM newest_visible('{0}', now(), 0, 9223372036854775807, 51)")]
    [InlineData("SELECT * FROM oldest_visible('{0}', now(), 150, 9223372036854775807, 51)")]
    [InlineData("SELECT newest_visible_id('{0}', now() + interval '1 week')")]
    [InlineData("SELECT count_received('{0}', '{1}', now(), 0, 50000)")]
    public async Task NearestVisible_BehindManyExpired_TouchesFewPages(string question)
    {
        var (investor, _, conversationId) = await fixture.Server.RegisterPairAsync();
        await fixture.Server.FillAsync(
            conversationId,
            investor.Id,
            50_000,
            "CASE WHEN n <= 100 OR n > 49900 THEN now() + interval '1 day' ELSE now() - interval '1 second' END");
        await fixture.Server.ExecuteAsync("VACUUM ANALYZE messages");

        // Runs once before on the same connection, so that the pages that PostgreSQL reads for planning do not count.
        var asked = string.Format(CultureInfo.InvariantCulture, question, conversationId, Guid.Empty);
        var plan = await fixture.Server.QueryAsync<string>(
            $"DO $$ BEGIN PERFORM * FROM ({asked}) AS once; END $$; EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {asked}");

        var root = JsonDocument.Parse(plan).RootElement[0].GetProperty("Plan");
        (root.GetProperty("Shared Hit Blocks").GetInt32() + root.GetProperty("Shared Read Blocks").GetInt32())
            .ShouldBeLessThan(100, "of about 1,200 that hold them");
    }

    private static async Task ShouldFindAsync(ApiServer server, string expiry)
    {
        var (conversationId, investor) = await FillAsync(server, expiry);
        await using var scope = OpenScope(server);
        var reader = scope.ServiceProvider.GetRequiredService<IMessageReader>();
        var database = scope.ServiceProvider.GetRequiredService<IReadDatabase>();
        var now = server.Clock.GetUtcNow();
        var anchors = await database.VisibleMessages(investor.Id, DateTimeOffset.UnixEpoch)
            .Where(message => message.ConversationId == conversationId)
            .ToDictionaryAsync(message => message.Sequence, message => message.Id, Token);
        var visible = await VisibleAsync(database, investor.Id, conversationId, now);

        foreach (var place in new long?[] { null, 1, 2, 150, 299, 700, 751, 1300, Messages })
        {
            foreach (var most in new[] { 1, 51, 101 })
            {
                PageAnchor[] alike = place is { } sequence
                    ? [new PageAnchor(default, new MessageId(anchors[sequence])), new PageAnchor(default, Sequence: sequence)]
                    : [new PageAnchor(default)];
                foreach (var anchor in alike)
                {
                    var older = await FoundAsync(anchor with { Direction = PageDirection.Older });
                    older.Messages.Select(message => message.Sequence)
                        .ShouldBe(visible.Where(n => n < (place ?? long.MaxValue)).TakeLast(most).Reverse());
                    older.IsMoreBehind.ShouldBe(place is not null && visible.Any(n => n >= place));
                    var newer = await FoundAsync(anchor with { Direction = PageDirection.Newer });
                    newer.Messages.Select(message => message.Sequence).ShouldBe(visible.Where(n => n > (place ?? 0)).Take(most));
                    newer.IsMoreBehind.ShouldBe(place is not null && visible.Any(n => n <= place));
                }

                var around = (await reader.ReadAroundAsync(
                    new UserId(investor.Id), new ConversationId(conversationId), now, place ?? 0, most, Token)).ShouldNotBeNull();
                around.Older.Messages.Select(message => message.Sequence).ShouldBe(visible.Where(n => n < (place ?? 0)).TakeLast(most).Reverse());
                around.Newer.Messages.Select(message => message.Sequence).ShouldBe(visible.Where(n => n >= (place ?? 0)).Take(most));

                async Task<NearestMessages> FoundAsync(PageAnchor anchor) =>
                    (await reader.ReadNearestAsync(new UserId(investor.Id), new ConversationId(conversationId), now, anchor, most, Token)).ShouldNotBeNull();
            }
        }
    }

    private static async Task ShouldCountAsync(ApiServer server, string expiry)
    {
        var (conversationId, investor) = await FillAsync(server, expiry);
        await server.ExecuteAsync(
            $"UPDATE messages SET sender_id = (SELECT user_id FROM participants WHERE conversation_id = '{conversationId}' AND user_id <> '{investor.Id}') WHERE conversation_id = '{conversationId}' AND sequence % 3 = 0");
        await using var scope = OpenScope(server);
        var context = scope.ServiceProvider.GetRequiredService<MessagingDbContext>();
        var now = server.Clock.GetUtcNow();

        foreach (var (beyond, upTo) in new (long, long)[] { (0, Messages), (0, 100), (1, 251), (1, 252), (299, Messages), (700, 1300), (1400, Messages), (Messages, Messages) })
        {
            var expected = await scope.ServiceProvider.GetRequiredService<IReadDatabase>().VisibleMessages(investor.Id, now).CountAsync(
                message =>
                    message.ConversationId == conversationId
                        && message.SenderId != investor.Id
                        && message.Sequence > beyond
                        && message.Sequence <= upTo,
                Token);

            var counted = await context.Database
                .SqlQuery<int>($"""SELECT count_received({conversationId}, {investor.Id}, {now}, {beyond}, {upTo}) AS "Value" """)
                .SingleAsync(Token);

            counted.ShouldBe(expected, $"{beyond} to {upTo}");
        }
    }

    private static async Task ShouldFindNewestAsync(ApiServer server, string expiry)
    {
        var (conversationId, investor) = await FillAsync(server, expiry);
        await using var scope = OpenScope(server);
        var now = server.Clock.GetUtcNow();
        var newest = await VisibleAsync(scope.ServiceProvider.GetRequiredService<IReadDatabase>(), investor.Id, conversationId, now);

        var views = await scope.ServiceProvider.GetRequiredService<IConversationReader>()
            .ViewAsync([new UserId(investor.Id)], [new ConversationId(conversationId)], now, Token);

        views.ShouldHaveSingleItem().Conversation.LastMessage?.Sequence.ShouldBe(newest[^1]);
        (views[0].Conversation.LastMessage is null).ShouldBe(newest.Count == 0);
    }

    /// <summary>Opens a scope without a deadline: a test runs more statements than any request does.</summary>
    private static AsyncServiceScope OpenScope(ApiServer server)
    {
        var scope = server.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<MessagingDbContext>().Deadline = null;

        return scope;
    }

    private static async Task<IReadOnlyList<long>> VisibleAsync(
        IReadDatabase database, Guid viewerId, Guid conversationId, DateTimeOffset now) =>
        await database.VisibleMessages(viewerId, now)
            .Where(message => message.ConversationId == conversationId)
            .OrderBy(message => message.Sequence)
            .Select(message => message.Sequence)
            .ToListAsync(Token);

    private static async Task<(Guid ConversationId, TestUser Investor)> FillAsync(ApiServer server, string expiry)
    {
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var now = server.Clock.GetUtcNow().ToString("O");
        await server.FillAsync(
            conversationId,
            investor.Id,
            Messages,
            $"date_trunc('microseconds', '{now}'::timestamptz) + ({expiry})::numeric::double precision * interval '1 second'");

        return (conversationId, investor);
    }
}
