using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Persistence.Sql;
using CleanMessaging.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Messages;

/// <summary>Tests that the visibility rule of the domain and that of the database are the same.</summary>
public sealed class VisibilityRuleTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const int Messages = 400;
    private const long Everything = long.MaxValue;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// Half of the messages expire within a few microseconds of the instant, or exactly at it; the instant has a resolution of 100 ns. A
    /// fifth of the messages are deleted. The viewer has hidden every tenth, and has cleared the first ones.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Visibility_OfRandomMessages_IsTheSameInTheDomainAndInTheDatabase(int seed)
    {
        var random = new Random(seed);
        var now = new DateTimeOffset(2031, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(random.NextInt64(TimeSpan.TicksPerDay));
        var (investor, startup, conversationId) = await fixture.Server.RegisterPairAsync();
        var border = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond))
            .ToString("yyyy-MM-dd HH:mm:ss.ffffffzzz", System.Globalization.CultureInfo.InvariantCulture);
        await fixture.Server.FillAsync(
            conversationId,
            investor.Id,
            Messages,
            $"""
            CASE WHEN hashint4(n + {seed}) % 4 = 0 THEN NULL WHEN hashint4(n + {seed}) % 2 = 0
                THEN '{border}'::timestamptz + (hashint4(n * 7) % 4) * interval '1 microsecond'
                ELSE '{border}'::timestamptz + (hashint4(n * 7) % 1000000) * interval '1 millisecond' END
            """);
        await DeleteAsync(conversationId, $"hashint4(sequence::int * 3 + {seed}) % 5 = 0");
        var cleared = await HideAsync(conversationId, startup.Id, cleared: 30 * (seed - 1));
        await using var scope = fixture.Server.Services.CreateAsyncScope();
        var services = scope.ServiceProvider;
        var context = services.GetRequiredService<MessagingDbContext>();
        context.Deadline = null;
        var stored = await context.Messages.AsNoTracking().Where(message => message.ConversationId == conversationId).ToListAsync(Token);
        stored.Count(message => message.ExpiresAt is { } end && Math.Abs((end - now).Ticks) < 50).ShouldBeGreaterThan(50);

        for (var ticks = -25; ticks <= 25; ticks++)
        {
            var at = now.AddTicks(ticks);
            var expected = stored
                .Where(message => message.IsVisible(at) && IsPersonallyVisible(message.Sequence, cleared))
                .Select(message => message.Sequence)
                .Order()
                .ToList();

            (await services.GetRequiredService<IReadDatabase>().VisibleMessages(startup.Id, at)
                .Where(message => message.ConversationId == conversationId)
                .Select(message => message.Sequence)
                .OrderBy(n => n)
                .ToListAsync(Token)).ShouldBe(expected);
            (await ByFunctionAsync(context, conversationId, startup.Id, at)).ShouldBe(expected);
            var tombstones = stored
                .Where(message => message.IsTombstone(at) && IsPersonallyVisible(message.Sequence, cleared))
                .Select(message => message.Sequence)
                .Order()
                .ToList();
            var changes = await services.GetRequiredService<IMessageReader>().ReadChangesAsync(
                new UserId(startup.Id), new ConversationId(conversationId), at, 0, Messages, Token);
            changes.Messages.Select(message => message.Sequence).ShouldBe(expected);
            changes.Deleted.Select(deleted => deleted.Sequence).ShouldBe(tombstones);
            var page = await services.GetRequiredService<IMessageReader>().ReadNearestAsync(
                new UserId(startup.Id), new ConversationId(conversationId), at, new PageAnchor(PageDirection.Newer), Messages, Token);
            page.ShouldNotBeNull().Messages.Select(message => message.Sequence).ShouldBe(expected);
            page.Deleted.Select(deleted => deleted.Sequence).ShouldBe(tombstones.Take(GetMessagesQuery.DeletedMax));
            var found = await services.GetRequiredService<IMessageReader>().ReadBySequenceAsync(
                new UserId(startup.Id), new ConversationId(conversationId), [.. Enumerable.Range(1, Messages + 1).Select(n => (long)n)], at, Token);
            found.ShouldNotBeNull().Select(message => message.Sequence).ShouldBe(expected);
            var view = (await services.GetRequiredService<IConversationReader>().ViewAsync([new UserId(startup.Id)], [new ConversationId(conversationId)], at, Token))
                .ShouldHaveSingleItem();
            view.Conversation.UnreadCount.ShouldBe(expected.Count);
            view.Conversation.LastMessage.ShouldNotBeNull().Sequence.ShouldBe(expected[^1]);
        }
    }

    /// <summary>Tests that the functions that previous versions call follow the same rule.</summary>
    [Fact]
    public async Task FunctionsOfPreviousVersions_WithTheCurrentRule_ReturnTheSame()
    {
        var (investor, startup, conversationId) = await fixture.Server.RegisterPairAsync();
        await fixture.Server.FillAsync(
            conversationId, investor.Id, Messages, "CASE WHEN n % 3 = 0 OR n > 350 THEN now() - interval '1 second' END");
        await DeleteAsync(conversationId, "sequence % 7 = 0");
        await HideAsync(conversationId, investor.Id, cleared: 50);
        await using var scope = fixture.Server.Services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<MessagingDbContext>();
        var now = fixture.Server.Clock.GetUtcNow();
        var expected = await ByFunctionAsync(context, conversationId, startup.Id, now);

        (await context.Database.SqlQuery<long>(
            $"""SELECT sequence AS "Value" FROM newest_visible({conversationId}, {now}, 0, {Everything}, {Messages}) ORDER BY 1""").ToListAsync(Token)).ShouldBe(expected);
        (await context.Database.SqlQuery<long>(
            $"""SELECT sequence AS "Value" FROM oldest_visible({conversationId}, {now}, 0, {Everything}, {Messages}) ORDER BY 1""").ToListAsync(Token)).ShouldBe(expected);
        (await context.Database.SqlQuery<long>(
            $"""SELECT sequence AS "Value" FROM messages WHERE id = newest_visible_id({conversationId}, {now})""").SingleAsync(Token)).ShouldBe(expected[^1]);
        (await context.Database.SqlQuery<int>(
            $"""SELECT count_received({conversationId}, {startup.Id}, {now}, 0, {Messages}) AS "Value" """).SingleAsync(Token)).ShouldBe(expected.Count);
        (await context.Database.SqlQuery<long>(
            $"""SELECT sequence AS "Value" FROM changes_of_conversation({startup.Id}, {conversationId}, {now}, 0) ORDER BY 1""").ToListAsync(Token)).ShouldBe(expected);
        (await context.Database.SqlQuery<long>(
            $"""SELECT sequence AS "Value" FROM page_of_messages({startup.Id}, {conversationId}, {now}, true, NULL, 0, {Messages}) ORDER BY 1""").ToListAsync(Token)).ShouldBe(expected);
        (await context.Database.SqlQuery<long>(
            $"""SELECT message_sequence AS "Value" FROM view_conversations(ARRAY[{startup.Id}], ARRAY[{conversationId}], {now})""").SingleAsync(Token)).ShouldBe(expected[^1]);
    }

    /// <summary>
    /// Tests that later migrations can run the file again, also in a database where an earlier version of the server is at work.
    /// </summary>
    [Fact]
    public async Task VisibilityFile_RunAgain_ChangesNothing()
    {
        const string Functions = "SELECT string_agg(pg_get_functiondef(oid), '' ORDER BY oid) FROM pg_proc WHERE pronamespace = "
            + "'public'::regnamespace AND prolang <> 13";
        var before = await fixture.Server.QueryAsync<string>(Functions);

        await fixture.Server.ExecuteAsync($"BEGIN; {SqlFile.Visibility}; COMMIT");

        (await fixture.Server.QueryAsync<string>(Functions)).ShouldBe(before);
        before.ShouldContain("is_visible");
    }

    private Task<int> DeleteAsync(Guid conversationId, string which) => fixture.Server.ExecuteAsync(
        $"""
        UPDATE messages SET content = '', deleted_at = created_at + interval '1 microsecond', deleted_by = 1
        WHERE conversation_id = '{conversationId}' AND {which}
        """);

    /// <summary>Hides every tenth message and clears the first ones, for a viewer. Returns the sequence up to which they are cleared.</summary>
    private async Task<long> HideAsync(Guid conversationId, Guid viewerId, long cleared)
    {
        await fixture.Server.ExecuteAsync(
            $"""
            INSERT INTO hidden_messages (conversation_id, user_id, sequence, personal_revision)
            SELECT '{conversationId}', '{viewerId}', n, 1 FROM generate_series({cleared / 10 * 10 + 10}, {Messages}, 10) AS n
            """);
        await fixture.Server.ExecuteAsync(
            $"""
            UPDATE participants SET personal_revision = 1, cleared_through = {cleared}, hidden_count = {(Messages - cleared) / 10}
            WHERE conversation_id = '{conversationId}' AND user_id = '{viewerId}'
            """);

        return cleared;
    }

    private static bool IsPersonallyVisible(long sequence, long cleared) => sequence > cleared && sequence % 10 != 0;

    private static Task<List<long>> ByFunctionAsync(MessagingDbContext context, Guid conversationId, Guid viewerId, DateTimeOffset at) =>
        context.Database.SqlQuery<long>(
            $"""
            SELECT sequence AS "Value" FROM messages AS message
            WHERE conversation_id = {conversationId} AND is_visible(message, {viewerId}, {at})
              AND sequence > (SELECT cleared_through FROM participants WHERE conversation_id = {conversationId} AND user_id = {viewerId})
            ORDER BY 1
            """).ToListAsync(Token);
}
