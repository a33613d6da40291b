using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Live;

public sealed class TalkingTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task Send_ByEither_ReachesBoth()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        using var one = new MessagingClient(_server.Address);
        await one.Accounts.LogInAsync(investor.Email, ApiServer.Password, TestContext.Current.CancellationToken);
        using var other = new MessagingClient(_server.Address);
        await other.Accounts.LogInAsync(startup.Email, ApiServer.Password, TestContext.Current.CancellationToken);
        await using var ones = await MessagingSession.OpenAsync(one, cancellationToken: TestContext.Current.CancellationToken);
        await using var others = await MessagingSession.OpenAsync(other, cancellationToken: TestContext.Current.CancellationToken);
        await using var t1 = ones.Open(conversationId);
        await using var t2 = others.Open(conversationId);
        await t1.WaitUntilLoadedAsync(TestContext.Current.CancellationToken);
        await t2.WaitUntilLoadedAsync(TestContext.Current.CancellationToken);
        await t1.SendAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => t2.Messages.Count == 1, "no message");
        await t2.SendAsync("Hello yourself", cancellationToken: TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => t1.Messages.Count == 2, "no message");
        t1.Messages.ShouldBe(t2.Messages);
        await t1.MarkReadAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => t2.IsRead(t2.Messages[1]), "not read");
        await Eventually.TrueAsync(() => ones.Conversations.Count == 1 && ones.Quota?.MessagesSentToday == 1, "list");
    }
}
