using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests the default expiration and the earlier expiry of messages between sessions.</summary>
public sealed class ExpirationTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SetExpiration_ByOne_ReachesTheOtherAndAppliesToLaterMessages()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var ines = await Device.OpenAsync(_server.Address, investor);
        await using var stan = await Device.OpenAsync(_server.Address, startup);
        var (hers, his) = (await ines.OpenAsync(conversationId), await stan.OpenAsync(conversationId));

        await hers.SetExpirationAsync(24, Cancellation);
        await Eventually.TrueAsync(() => his.DefaultExpirationHours == 24 && hers.DefaultExpirationHours == 24, "It does not come.");
        await Eventually.TrueAsync(
            () => stan.Session.Conversations is [{ DefaultExpirationHours: 24 }], "The list has no default.");
        new[] { hers.DefaultExpirationSetBy, his.DefaultExpirationSetBy, stan.Session.Conversations[0].DefaultExpirationSetBy }
            .ShouldAllBe(setBy => setBy == investor.Id);
        await stan.RaisesAsync<DefaultExpirationChanged>();
        stan.Changes.OfType<DefaultExpirationChanged>().ShouldBe([new DefaultExpirationChanged(conversationId, 24, investor.Id)]);
        await his.SendAsync("By default", cancellationToken: Cancellation);
        await his.SendAsync("Never", neverExpires: true, cancellationToken: Cancellation);
        await Eventually.TrueAsync(() => hers.Messages.Count == 2, "The messages do not come.");

        hers.Messages.Select(message => message.ExpiresAt - message.CreatedAt).ShouldBe([TimeSpan.FromHours(24), null]);
    }

    [Fact]
    public async Task SetExpiration_WhileTheOtherIsOffline_IsRecovered()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup);
        var his = await stan.OpenAsync(conversationId);
        (line.IsDown, line.Losing) = (true, _ => Loss.Request);
        line.Cut();
        (await investor.SetExpirationAsync(conversationId, 24)).Expect(HttpStatusCode.OK);
        (await investor.ExpireSoonerAsync(his.Messages[0].Id, 1)).Expect(HttpStatusCode.OK);

        (line.IsDown, line.Losing) = (false, _ => Loss.Nothing);
        await Eventually.TrueAsync(
            () => his.DefaultExpirationHours == 24 && his.Messages is [{ ExpiresAt: not null }], "The changes are not recovered.");
        his.DefaultExpirationSetBy.ShouldBe(investor.Id);
    }

    [Fact]
    public async Task ExpireSooner_OfAMessage_ReachesTheOther()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);
        await using var ines = await Device.OpenAsync(_server.Address, investor);
        await using var stan = await Device.OpenAsync(_server.Address, startup);
        var (hers, his) = (await ines.OpenAsync(conversationId), await stan.OpenAsync(conversationId));

        await hers.ExpireSoonerAsync(hers.Messages[0], 1, Cancellation);

        hers.Messages[0].ExpiresAt.ShouldNotBeNull();
        await Eventually.TrueAsync(() => his.Messages[0].ExpiresAt == hers.Messages[0].ExpiresAt, "It does not come.");
        var rejected = await Should.ThrowAsync<ChangeRejectedException>(() => hers.ExpireSoonerAsync(hers.Messages[0], 1, Cancellation));
        rejected.Code.ShouldBe("message.expiration_only_earlier");
        rejected.ExpiresAt.ShouldBe(hers.Messages[0].ExpiresAt);
    }
}
