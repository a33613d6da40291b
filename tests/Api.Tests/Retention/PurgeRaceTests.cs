using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Retention;

public sealed class PurgeRaceTests(RetentionServerFixture servers) : IClassFixture<RetentionServerFixture>
{
    [Fact]
    public async Task Purge_TenInParallelWhileUsersSend_PurgesEachMessageOnce()
    {
        Assert.SkipWhen(EncryptedRun.IsOn, EncryptedRun.NeedsPlainTexts);
        const int Expired = 2000;
        var server = await servers.RetainingAsync();
        var admins = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => server.CreateAdminAsync()));
        var pairs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.RegisterPairAsync()));
        foreach (var (investor, _, conversationId) in pairs)
            await server.FillAsync(conversationId, investor.Id, Expired / pairs.Length, "now() - interval '1 day' - n * interval '1 second'");

        var now = server.Clock.GetUtcNow();
        var purges = Task.WhenAll(Enumerable.Range(0, 10).Select(number => admins[number % 5].PurgeAllAsync(now, atMost: 150)));
        var sends = Task.WhenAll(pairs.Select(async pair =>
        {
            for (var number = 0; number < 10; number++)
                (await pair.Investor.SendAsync(pair.ConversationId, $"Text {number}")).Expect(HttpStatusCode.Created);
        }));
        await sends;

        (await purges).Sum().ShouldBe(Expired);
        (await server.RecordedAsync(admins)).Sum().ShouldBe(Expired);
        (await server.QueryAsync<long>("SELECT count(*) FROM messages WHERE expires_at IS NOT NULL AND content <> ''")).ShouldBe(0);
        (await server.QueryAsync<long>("SELECT count(*) FROM messages WHERE content LIKE 'Text _'")).ShouldBe(40);
        await server.ShouldAddUpAsync();
    }

    /// <summary>The two Admins are within the same batch at the same time: the first one waits for its record, with its messages locked.</summary>
    [Fact]
    public async Task Purge_ByTwoAdminsAtOnce_TakesDifferentMessages()
    {
        var server = await servers.RetainingAsync();
        var (one, other) = (await server.CreateAdminAsync(), await server.CreateAdminAsync());
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, 4, "now() - interval '1 day' + n * interval '1 second'");
        var now = server.Clock.GetUtcNow();
        Task<Answer> first;
        Task<Answer> second;
        await using (var holder = await LockHolder.HoldAsync(server, "LOCK TABLE admin_actions IN SHARE MODE"))
        {
            first = one.PurgeAsync(now, atMost: 2);
            await holder.WaitForWaitingAsync(1);
            second = other.PurgeAsync(now, atMost: 2);
            await holder.WaitForWaitingAsync(2);
        }

        (await first).Purged().Purged.ShouldBe(2);
        (await second).Purged().Purged.ShouldBe(2);
        (await one.PurgeAsync(now)).Purged().ShouldBe((0, null, true));
        (await server.RecordedAsync(one, other)).ShouldBe([2, 2]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Purge_WhileAMessageIsLocked_PassesOverItAndSaysThatItIsLeft(bool isFlagged)
    {
        var server = await servers.RetainingAsync();
        var admin = await server.CreateAdminAsync();
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, 3, "now() - interval '1 day' + n * interval '1 second'");
        await server.ExecuteAsync($"UPDATE messages SET is_expired = {isFlagged} WHERE expires_at IS NOT NULL");
        var now = server.Clock.GetUtcNow();
        var left = await server.QueryAsync<DateTime>($"SELECT expires_at FROM messages WHERE sequence = 1 AND conversation_id = '{conversationId}'");
        await using (await LockHolder.HoldAsync(server, $"SELECT FROM messages WHERE sequence = 1 AND conversation_id = '{conversationId}' FOR NO KEY UPDATE"))
        {
            (await admin.PurgeAsync(now)).Purged().ShouldBe((2, left, false));
            (await admin.PurgeAsync(now)).Purged().ShouldBe((0, left, false));
        }

        (await admin.PurgeAsync(now)).Purged().ShouldBe((1, null, true));
        (await server.RecordedAsync(admin)).ShouldBe([1, 2]);
    }
}
