using System.Net;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Persistence.Conversations;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Conversations;

/// <summary>Tests the reads for live events, which share statements and one connection.</summary>
public sealed class LiveReaderTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ILiveReader Reader => _server.Services.GetRequiredService<ILiveReader>();

    /// <summary>Tests that each receipt belongs to its read, even if a conversation between them does not exist in this database.</summary>
    [Fact]
    public async Task ReceiptsOf_WithAnUnknownConversationBetween_AreEachThatOfItsRead()
    {
        var (first, firstId) = await SentAsync(2);
        var (second, secondId) = await SentAsync(3);
        var now = _server.Clock.GetUtcNow();

        var receipts = await Reader.ReceiptsOfAsync(
            [ReadOf(firstId, first, 2, now), ReadOf(Guid.CreateVersion7(), first, 2, now), ReadOf(secondId, second, 3, now)], Cancellation);

        receipts.Count.ShouldBe(3);
        receipts[0].ShouldNotBeNull().MessageIds.Count.ShouldBe(2);
        receipts[1].ShouldBeNull();
        receipts[2].ShouldNotBeNull().MessageIds.Count.ShouldBe(3);
    }

    /// <summary>Tests that a join does not wait longer than every other request when the connection for live events is not free.</summary>
    [LongFact]
    public async Task Join_WhileNoConnectionIsFree_EndsWithTheTimeLimitOfARequest()
    {
        var (reader, conversationId) = await SentAsync(1);
        var database = _server.Services.GetRequiredKeyedService<NpgsqlDataSource>(PersistenceRegistration.Live);
        await using (await database.OpenConnectionAsync(Cancellation))
        {
            // Each statement waits for the connection until that fails. Joins of the later statements have their own time limit.
            var joins = Enumerable.Range(0, 3 * JoinBatcher.BatchMax)
                .Select(_ => Reader.JoinAsync(new UserId(Guid.CreateVersion7()), new ConversationId(conversationId), Cancellation))
                .ToList();

            await Task.WhenAll(joins.Select(async join =>
            {
                var failure = await Should.ThrowAsync<Exception>(() => join.WaitAsync(TimeSpan.FromSeconds(5), Cancellation));
                PostgresFailure.Classify(failure).ShouldNotBe(PostgresFailureKind.None);
            }));
        }

        (await Reader.JoinAsync(new UserId(reader), new ConversationId(conversationId), Cancellation)).ShouldNotBeNull();
    }

    private static MessagesRead ReadOf(Guid conversationId, Guid readerId, long upTo, DateTimeOffset at) =>
        new(new ConversationId(conversationId), new UserId(readerId), 0, upTo, [readerId], at);

    /// <summary>Sends messages; returns the recipient and the conversation.</summary>
    private async Task<(Guid ReaderId, Guid ConversationId)> SentAsync(int count)
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        for (var number = 1; number <= count; number++)
            (await investor.SendAsync(conversationId, $"Message {number}")).Expect(HttpStatusCode.Created);

        return (startup.Id, conversationId);
    }
}
