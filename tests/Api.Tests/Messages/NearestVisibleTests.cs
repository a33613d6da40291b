using System.Globalization;
using System.Text.Json;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Messages;

/// <summary>
/// Tests that the database functions select exactly the messages that the shared predicate selects, for any pattern of messages that have expired, were deleted, or that the viewer has
/// hidden or cleared.
/// </summary>
public sealed class NearestVisibleTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const int Messages = 1_500;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// SQL expressions for the seconds from now until the n-th message expires, for whether it is deleted, and for whether the viewer has hidden it; and the sequence up to which the
    /// viewer has cleared the conversation. Long runs of invisible messages force the functions to read beyond the nearest rows.
    /// </summary>
    public static TheoryData<string, string, string, int> Patterns => new()
    {
        { "NULL", "false", "false", 0 },
        { "-1", "false", "false", 0 },
        { "CASE WHEN n > 300 THEN -1 END", "false", "false", 0 },
        { "CASE WHEN n <= 1200 THEN -1 END", "false", "false", 0 },
        { "CASE WHEN n BETWEEN 100 AND 1400 THEN -1 ELSE 1000 END", "false", "false", 0 },
        { "CASE WHEN n > 700 THEN -1 WHEN n % 3 = 0 THEN 1000 END", "false", "false", 0 },
        { "CASE WHEN hashint4(n) % 2 = 0 THEN -1 WHEN hashint4(n) % 3 = 0 THEN 1000 END", "false", "false", 0 },
        { "CASE WHEN n > 1490 THEN -1 WHEN n % 2 = 0 THEN 1000 END", "false", "false", 0 },
        { "CASE n WHEN 1 THEN 0 WHEN 750 THEN 0.000001 WHEN 1500 THEN 0 ELSE -1 END", "false", "false", 0 },
        { "CASE WHEN n % 4 = 0 THEN 1000 END", "n > 1200", "false", 0 },
        { "CASE WHEN n % 4 = 0 THEN 1000 END", "false", "n > 300 AND n <= 1100", 0 },
        { "CASE WHEN n % 3 = 0 THEN 1000 WHEN n BETWEEN 400 AND 450 THEN -1 END", "n BETWEEN 100 AND 700", "n BETWEEN 650 AND 1400", 0 },
        { "CASE WHEN hashint4(n + 9) % 3 = 0 THEN -1 WHEN n % 2 = 0 THEN 1000 END", "hashint4(n) % 2 = 0", "hashint4(n + 5) % 3 = 0", 200 },
        { "CASE WHEN n % 5 = 0 THEN 1000 END", "n % 2 = 0 AND n NOT IN (2, 750)", "n % 2 = 1 AND n <> 1500", 0 },
        { "NULL", "n > 1000", "n > 900", 800 },
        { "NULL", "n % 2 = 0", "false", Messages },
    };

    [Theory]
    [MemberData(nameof(Patterns))]
    public Task NearestVisible_OfAnyMessages_IsWhatThePredicateSays(string expiry, string deleted, string hidden, int cleared) =>
        ShouldFindAsync(fixture.Server, new Pattern(expiry, deleted, hidden, cleared));

    [Theory]
    [MemberData(nameof(Patterns))]
    public Task CountReceived_OfAnyMessages_IsWhatThePredicateSays(string expiry, string deleted, string hidden, int cleared) =>
        ShouldCountAsync(fixture.Server, new Pattern(expiry, deleted, hidden, cleared));

    [Theory]
    [MemberData(nameof(Patterns))]
    public Task Preview_OfAnyMessages_IsWhatThePredicateSays(string expiry, string deleted, string hidden, int cleared) =>
        ShouldFindNewestAsync(fixture.Server, new Pattern(expiry, deleted, hidden, cleared));

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

            // Every third one: the functions differ from those with the extension in one index only.
            foreach (var (expiry, deleted, hidden, cleared) in Patterns.Select(row => row.Data).Where((_, place) => place % 3 == 1))
            {
                var pattern = new Pattern(expiry, deleted, hidden, cleared);
                await ShouldFindAsync(server, pattern);
                await ShouldCountAsync(server, pattern);
                await ShouldFindNewestAsync(server, pattern);
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

        (await CountPagesAsync(fixture.Server, string.Format(CultureInfo.InvariantCulture, question, conversationId, Guid.Empty)))
            .ShouldBeLessThan(100, "of about 1,200 that hold them");
    }

    /// <summary>
    /// Tests that 10,000 deleted messages cost no more than expired ones, and that a viewer who has hidden as many messages as they can pays one index lookup for each, once.
    /// </summary>
    [Fact]
    public async Task NearestVisible_BehindManyDeletedAndHidden_TouchesFewPages()
    {
        const int Hidden = Participant.HiddenMax, Deleted = 2 * Hidden;
        var (investor, startup, conversationId) = await fixture.Server.RegisterPairAsync();
        await fixture.Server.FillAsync(conversationId, investor.Id, Hidden + Deleted + 200);
        await RemoveAsync(fixture.Server, conversationId, startup.Id, new Pattern("NULL", $"n > {Hidden + 100}", $"n > 100 AND n <= {Hidden + 100}", 0), Deleted + Hidden + 100);
        await fixture.Server.ExecuteAsync("VACUUM ANALYZE messages");

        foreach (var (viewer, pages) in new[] { (investor.Id, 250), (startup.Id, 5 * Hidden) })
        {
            foreach (var isNewer in new[] { "true", "false" })
            {
                var anchor = isNewer == "true" ? "100" : $"{Deleted + Hidden + 101}";
                (await CountPagesAsync(fixture.Server, $"SELECT * FROM page_of_messages('{viewer}', '{conversationId}', now(), {isNewer}, NULL, {anchor}, 51, 100)"))
                    .ShouldBeLessThan(pages, $"newer {isNewer}, of 15,200 rows");
            }

            (await CountPagesAsync(fixture.Server, $"SELECT count_received('{conversationId}', '{viewer}', now(), 0, {Deleted + Hidden + 200})")).ShouldBeLessThan(pages);
            (await CountPagesAsync(fixture.Server, $"SELECT * FROM conversations_shown_to(ARRAY['{viewer}'::uuid], ARRAY['{conversationId}'::uuid], now())"))
                .ShouldBeLessThan(2 * pages, "the preview and the unread messages");
        }
    }

    /// <summary>
    /// Tests that a hidden message is found by its key although the statistics know only users who have hidden one message. If another index began with the same columns,
    /// PostgreSQL could take it, and read all rows of the user for each message.
    /// </summary>
    [Fact]
    public async Task NearestVisible_BehindManyHiddenSinceTheLastAnalyze_TouchesFewPages()
    {
        // The pages of a lookup by key are the levels of the index, and the row.
        const int Hidden = Participant.HiddenMax, PagesEach = 6;
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>());
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, Hidden + 100);
        await server.ExecuteAsync("VACUUM ANALYZE messages");
        await server.ExecuteAsync(
            $"""
            INSERT INTO hidden_messages (conversation_id, user_id, sequence, personal_revision)
            SELECT '{conversationId}', gen_random_uuid(), 1, 1 FROM generate_series(1, 20000);
            ANALYZE hidden_messages;
            INSERT INTO hidden_messages (conversation_id, user_id, sequence, personal_revision)
            SELECT '{conversationId}', '{startup.Id}', 100 + n, 1 + n / 100 FROM generate_series(1, {Hidden}) AS n;
            UPDATE participants SET personal_revision = 1 + {Hidden} / 100, hidden_count = {Hidden}
            WHERE conversation_id = '{conversationId}' AND user_id = '{startup.Id}'
            """);

        (await CountPagesAsync(server, $"SELECT * FROM page_of_messages('{startup.Id}', '{conversationId}', now(), false, NULL, {Hidden + 101}, 51, 100)"))
            .ShouldBeLessThan(PagesEach * Hidden);
        (await CountPagesAsync(server, $"SELECT * FROM conversations_shown_to(ARRAY['{startup.Id}'::uuid], ARRAY['{conversationId}'::uuid], now())"))
            .ShouldBeLessThan(2 * PagesEach * Hidden, "the preview and the unread messages");
    }

    private static async Task ShouldFindAsync(ApiServer server, Pattern pattern)
    {
        var (conversationId, investor) = await FillAsync(server, pattern);
        await using var scope = OpenScope(server);
        var reader = scope.ServiceProvider.GetRequiredService<IMessageReader>();
        var now = server.Clock.GetUtcNow();
        var anchors = await server.QueryAsync<Guid[]>($"SELECT array_agg(id ORDER BY sequence) FROM messages WHERE conversation_id = '{conversationId}'");
        var visible = await VisibleAsync(scope.ServiceProvider.GetRequiredService<IReadDatabase>(), investor.Id, conversationId, now);
        var tombstones = await server.QueryAsync<long[]>(
            $"""
            SELECT coalesce(array_agg(n ORDER BY n), array[]::bigint[]) FROM generate_series({pattern.Cleared + 1}::int, {Messages}) AS n
            WHERE ({pattern.Deleted}) AND NOT ({pattern.Hidden}) AND (({pattern.Expiry}) IS NULL OR ({pattern.Expiry})::numeric > 0)
            """);

        foreach (var place in new long?[] { null, 1, 2, 150, 299, 700, 751, 1300, Messages })
        {
            foreach (var most in new[] { 1, 51, 101 })
            {
                PageAnchor[] alike = place is { } sequence
                    ? [new PageAnchor(default, new MessageId(anchors[sequence - 1])), new PageAnchor(default, Sequence: sequence)]
                    : [new PageAnchor(default)];
                foreach (var anchor in alike)
                {
                    var older = await FoundAsync(anchor with { Direction = PageDirection.Older });
                    older.Messages.Select(message => message.Sequence)
                        .ShouldBe(visible.Where(n => n < (place ?? long.MaxValue)).TakeLast(most).Reverse());
                    older.Deleted.Select(tombstone => tombstone.Sequence)
                        .ShouldBe(tombstones.Where(n => n < (place ?? long.MaxValue)).TakeLast(GetMessagesQuery.DeletedMax).Reverse());
                    older.IsMoreBehind.ShouldBe(place is not null && visible.Any(n => n >= place));
                    var newer = await FoundAsync(anchor with { Direction = PageDirection.Newer });
                    newer.Messages.Select(message => message.Sequence).ShouldBe(visible.Where(n => n > (place ?? 0)).Take(most));
                    newer.Deleted.Select(tombstone => tombstone.Sequence).ShouldBe(tombstones.Where(n => n > (place ?? 0)).Take(GetMessagesQuery.DeletedMax));
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

    private static async Task ShouldCountAsync(ApiServer server, Pattern pattern)
    {
        var (conversationId, investor) = await FillAsync(server, pattern);
        await server.ExecuteAsync(
            $"UPDATE messages SET sender_id = (SELECT user_id FROM participants WHERE conversation_id = '{conversationId}' AND user_id <> '{investor.Id}') WHERE conversation_id = '{conversationId}' AND sequence % 3 = 0");
        await using var scope = OpenScope(server);
        var context = scope.ServiceProvider.GetRequiredService<MessagingDbContext>();
        var now = server.Clock.GetUtcNow();

        foreach (var (after, upTo) in new (long, long)[] { (0, Messages), (0, 100), (1, 251), (1, 252), (299, Messages), (700, 1300), (1400, Messages), (Messages, Messages) })
        {
            var beyond = Math.Max(after, pattern.Cleared);
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

    private static async Task ShouldFindNewestAsync(ApiServer server, Pattern pattern)
    {
        var (conversationId, investor) = await FillAsync(server, pattern);
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

    private static async Task<(Guid ConversationId, TestUser Investor)> FillAsync(ApiServer server, Pattern pattern)
    {
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var now = server.Clock.GetUtcNow().ToString("O");
        await server.FillAsync(
            conversationId,
            investor.Id,
            Messages,
            $"date_trunc('microseconds', '{now}'::timestamptz) + ({pattern.Expiry})::numeric::double precision * interval '1 second'");
        await RemoveAsync(server, conversationId, investor.Id, pattern, Messages);

        return (conversationId, investor);
    }

    /// <summary>Deletes, hides and clears messages, as the requests would.</summary>
    private static Task<int> RemoveAsync(ApiServer server, Guid conversationId, Guid viewerId, Pattern pattern, int upTo) => server.ExecuteAsync(
        $"""
        UPDATE messages SET content = '', deleted_at = created_at, deleted_by = 1
        FROM generate_series(1, {upTo}) AS n WHERE conversation_id = '{conversationId}' AND sequence = n AND ({pattern.Deleted});
        INSERT INTO hidden_messages (conversation_id, user_id, sequence, personal_revision)
        SELECT '{conversationId}', '{viewerId}', n, n FROM generate_series(1, {upTo}) AS n WHERE n > {pattern.Cleared} AND ({pattern.Hidden});
        UPDATE participants SET cleared_through = {pattern.Cleared}, personal_revision = {upTo},
               hidden_count = (SELECT count(*) FROM hidden_messages AS hidden WHERE hidden.conversation_id = '{conversationId}')
        WHERE conversation_id = '{conversationId}' AND user_id = '{viewerId}'
        """);

    /// <summary>
    /// Returns the pages that a query touches. It runs once before on the same connection, so that the pages that PostgreSQL reads for planning do not count.
    /// </summary>
    private static async Task<int> CountPagesAsync(ApiServer server, string query)
    {
        var plan = await server.QueryAsync<string>($"DO $$ BEGIN PERFORM * FROM ({query}) AS once; END $$; EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}");
        var root = JsonDocument.Parse(plan).RootElement[0].GetProperty("Plan");

        return root.GetProperty("Shared Hit Blocks").GetInt32() + root.GetProperty("Shared Read Blocks").GetInt32();
    }

    /// <summary>Which messages are invisible, by their numbers, as the theories state it.</summary>
    private sealed record Pattern(string Expiry, string Deleted, string Hidden, int Cleared);
}
