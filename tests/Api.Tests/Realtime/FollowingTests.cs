using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Realtime;

/// <summary>
/// Tests that a client that follows docs/realtime.md ends up with exactly the server's state, even over an unreliable connection.
/// </summary>
public sealed class FollowingTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    internal static readonly TestSize Cuts = new(60, 200, "cut connections of a follower");
    private const int ExpirationHours = 1;

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task Follower_OfTwoConversationsCutAgainAndAgain_EndsUpWithWhatTheServerHas()
    {
        var random = new Random(20_260_722);
        var startup = await _server.RegisterStartupAsync();
        var writers = new[] { await _server.RegisterInvestorAsync(), await _server.RegisterInvestorAsync() };
        var conversations = new[] { await writers[0].ConversationWithAsync(startup), await writers[1].ConversationWithAsync(startup) };
        await _server.ExecuteAsync("UPDATE message_quotas SET daily_free_limit = 1000000");
        using var written = new CancellationTokenSource();
        await using var follower = new Follower(() => _server.LogInAsync(startup.Email), _server.Clock, conversations);

        follower.Start();
        var writing = writers
            .Append(startup)
            .Select((writer, index) => WriteAsync(writer, conversations[index % conversations.Length], new Random(index), written.Token))
            .ToList();
        var cutSocket = 0;
        for (var cut = 1; cut <= Cuts.Value; cut++)
        {
            // Cuts the connection while it is opened, during the joins, or between events.
            var events = follower.EventsTaken;
            if (cut % 4 != 0)
                await Eventually.TrueAsync(() => Runs(follower) && follower.Connected > cutSocket, "The follower does not reconnect.");
            if (cut % 4 > 1)
                await Eventually.TrueAsync(() => Runs(follower) && follower.EventsTaken > events, "The follower receives no events.");

            await Task.Delay(random.Next(20), TestContext.Current.CancellationToken);
            cutSocket = follower.Cut();

            // The messages with an expiry of one hour have expired, and so has every access token.
            if (cut == Cuts.Value / 3 || cut == Cuts.Value / 2)
                _server.Clock.Shift(TimeSpan.FromHours(ExpirationHours));
        }

        await written.CancelAsync();
        await Task.WhenAll(writing);

        var again = await _server.LogInAsync(startup.Email);
        foreach (var conversationId in conversations)
        {
            await Eventually.TrueAsync(
                async () => follower.ViewOf(conversationId) == await Follower.FetchViewAsync(again, conversationId, _server.Clock),
                $"It has\n{follower.ViewOf(conversationId)}\ninstead of\n{await Follower.FetchViewAsync(again, conversationId, _server.Clock)}");
        }

        // The follower caught up from events; it did not fetch all pages each time.
        follower.EventsTaken.ShouldBeGreaterThanOrEqualTo(Cuts.Value / 2);
        follower.Fetches.ShouldBe(0);
        (await _server.QueryAsync<long>("SELECT count(*) FROM messages WHERE expires_at IS NOT NULL")).ShouldBeGreaterThan(10);
        (await _server.QueryAsync<long>("SELECT count(*) FROM read_marks")).ShouldBeGreaterThan(10);
    }

    [LongFact]
    public async Task Follower_FiveThousandBehind_EndsUpWithWhatTheServerHas()
    {
        const int Behind = 5000;
        const int Later = 67;
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = 1000 WHERE user_id = '{investor.Id}'");
        await _server.FillAsync(conversationId, investor.Id, Behind);
        await _server.ExpireAsync(conversationId, "sequence % 7 = 0");
        await using var follower = new Follower(() => Task.FromResult(startup), _server.Clock, [conversationId]);

        follower.Start();
        for (var number = 1; number <= Later; number++)
            (await investor.SendAsync(conversationId, $"Meanwhile {number}")).Expect(HttpStatusCode.Created);

        await Eventually.TrueAsync(() => follower.RevisionOf(conversationId) == Behind + Later, "The follower does not catch up.");
        follower.ViewOf(conversationId).ShouldBe(await Follower.FetchViewAsync(startup, conversationId, _server.Clock));
        follower.Fetches.ShouldBe(1);
    }

    /// <summary>Returns true; throws the exception that ended the follower, if there was one.</summary>
    private static bool Runs(Follower follower)
    {
        follower.ThrowIfFailed();

        return true;
    }

    private async Task WriteAsync(TestUser writer, Guid conversationId, Random random, CancellationToken until)
    {
        for (var number = 1; !until.IsCancellationRequested; number++)
        {
            var answer = random.Next(10) switch
            {
                0 or 1 => await writer.SendExpiringAsync(conversationId, $"Gone soon {number}", ExpirationHours),
                2 => await writer.MarkReadAsync(conversationId),
                _ => await writer.SendAsync(conversationId, $"Here to stay {number}"),
            };

            // The clock was moved past the token's expiry; the machine may be busy.
            if (answer.Status == HttpStatusCode.Unauthorized)
                writer = await _server.LogInAsync(writer.Email);
            else
                answer.Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.Created, HttpStatusCode.ServiceUnavailable);
        }
    }
}
