using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests that a session knows the rules of its server, over a live connection and by polling.</summary>
public sealed class RulesTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private static readonly MessageRules _rules = new(60, 2, EditHistoryVisible: false, 120, ["👍", "👎"])
    {
        Attachments = new AttachmentRules(IsAvailable: false, 1024),
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rules_OfAServerWithSettings_AreKnown(bool isPolling)
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>
        {
            ["Messages:EditWindow"] = "00:01:00",
            ["Messages:EditsMax"] = "2",
            ["Messages:EditHistory"] = "Nobody",
            ["Messages:DeleteWindow"] = "00:02:00",
            ["Reactions:Allowed:0"] = "👍",
            ["Reactions:Allowed:1"] = "👎",
            ["Attachments:MaxBytes"] = "1024",
        }, services: new MemoryAttachments { IsAvailable = false }.AddTo);
        await using var line = new BadLine(server.Address) { BlocksHubs = isPolling };

        await using var ines = await Device.OpenAsync(line.Address, await server.RegisterInvestorAsync());
        await ines.BeAsync(isPolling ? ConnectionState.Polling : ConnectionState.Online);

        await Eventually.TrueAsync(() => ines.Session.Rules == _rules, "The rules are not known.");
        _rules.EditWindow.ShouldBe(TimeSpan.FromMinutes(1));
        _rules.DeleteWindow.ShouldBe(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task Rules_RequestedTwice_AreReportedOnce()
    {
        const string Answer = """
            {"success":true,"data":{"editWindowSeconds":60,"editsMax":2,"editHistoryVisible":false,"deleteWindowSeconds":120,"allowedReactions":["👍","👎"],"attachments":{"isAvailable":false,"maxBytes":1024}}}
            """;
        using var server = new ScriptedServer(_ => ScriptedServer.Json(Answer));
        using var client = new MessagingClient(new Uri("http://localhost"), handler: server);
        await client.Api.Tokens.SignInAsync(Given.Credentials("1", DateTimeOffset.MaxValue), TestContext.Current.CancellationToken);
        var reported = new List<SessionChange>();
        var rules = new RulesSync(client.Messages, reported.Add);

        await rules.RefreshAsync(TestContext.Current.CancellationToken);
        await rules.RefreshAsync(TestContext.Current.CancellationToken);

        reported.ShouldBe([new RulesChanged(_rules)]);
    }

    [Fact]
    public async Task Rules_ThatCannotBeLoaded_StayAsTheyAre()
    {
        using var server = new ScriptedServer(_ => ScriptedServer.Problem(HttpStatusCode.Forbidden, "proxy.forbidden"));
        using var client = new MessagingClient(new Uri("http://localhost"), handler: server);
        await client.Api.Tokens.SignInAsync(Given.Credentials("1", DateTimeOffset.MaxValue), TestContext.Current.CancellationToken);
        var rules = new RulesSync(client.Messages, _ => throw new InvalidOperationException("Nothing has changed."));

        await rules.RefreshAsync(TestContext.Current.CancellationToken);

        server.Requests.ShouldHaveSingleItem();
        rules.Current.ShouldBe(MessageRules.Default);
    }

    [Fact]
    public async Task Rules_OfAServerOfAnEarlierVersion_AreTheDefaults()
    {
        using var server = new ScriptedServer(_ => ScriptedServer.Problem(HttpStatusCode.NotFound, "route.not_found"));
        using var client = new MessagingClient(new Uri("http://localhost"), handler: server);
        await client.Api.Tokens.SignInAsync(Given.Credentials("1", DateTimeOffset.MaxValue), TestContext.Current.CancellationToken);
        var rules = new RulesSync(client.Messages, _ => throw new InvalidOperationException("Nothing has changed."));

        await rules.RefreshAsync(TestContext.Current.CancellationToken);

        rules.Current.ShouldBe(MessageRules.Default);
        rules.Current.EditWindow.ShouldBe(TimeSpan.FromMinutes(15));
        rules.Current.DeleteWindow.ShouldBe(TimeSpan.FromHours(48));
    }

    [Fact]
    public async Task Rules_OfAServerThatDoesNotSayThoseOfAttachments_AllowThem()
    {
        const string Answer = """
            {"success":true,"data":{"editWindowSeconds":60,"editsMax":2,"editHistoryVisible":false,"deleteWindowSeconds":120,"allowedReactions":null}}
            """;
        using var server = new ScriptedServer(_ => ScriptedServer.Json(Answer));
        using var client = new MessagingClient(new Uri("http://localhost"), handler: server);
        await client.Api.Tokens.SignInAsync(Given.Credentials("1", DateTimeOffset.MaxValue), TestContext.Current.CancellationToken);

        var rules = await client.Messages.GetRulesAsync(TestContext.Current.CancellationToken);

        rules.Attachments.ShouldBe(new AttachmentRules(IsAvailable: true, 25 * 1024 * 1024));
    }
}
