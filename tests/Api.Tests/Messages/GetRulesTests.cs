using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages;

public sealed class GetRulesTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public async Task GetRules_OfAServerWithoutSettings_ReturnsTheDefaults()
    {
        var investor = await fixture.Server.RegisterInvestorAsync();

        (await investor.GetAsync("/api/rules")).Expect(HttpStatusCode.OK).Data.GetRawText().ShouldBe(
            """{"editWindowSeconds":900,"editsMax":10,"editHistoryVisible":true,"deleteWindowSeconds":172800,"allowedReactions":null,"attachments":{"isAvailable":true,"maxBytes":26214400}}""");
    }

    [Fact]
    public async Task GetRules_OfAServerWithSettings_ReturnsThem()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>
        {
            ["Messages:EditWindow"] = "00:00:00",
            ["Messages:EditsMax"] = "3",
            ["Messages:EditHistory"] = "Nobody",
            ["Messages:DeleteWindow"] = "365.00:00:00",
            ["Reactions:Allowed:0"] = "👍",
            ["Reactions:Allowed:1"] = "❤️",
            ["Attachments:MaxBytes"] = "1024",
        }, services: new MemoryAttachments { IsAvailable = false }.AddTo);
        var investor = await server.RegisterInvestorAsync();

        var rules = (await investor.GetAsync("/api/rules")).Expect(HttpStatusCode.OK).Data;

        rules.GetProperty("editWindowSeconds").GetInt32().ShouldBe(0);
        rules.GetProperty("editsMax").GetInt32().ShouldBe(3);
        rules.GetProperty("editHistoryVisible").GetBoolean().ShouldBeFalse();
        rules.GetProperty("deleteWindowSeconds").GetInt32().ShouldBe(31_536_000);
        rules.GetProperty("allowedReactions").EnumerateArray().Select(emoji => emoji.GetString()).ShouldBe(["👍", "❤️"]);
        rules.GetProperty("attachments").GetRawText().ShouldBe("""{"isAvailable":false,"maxBytes":1024}""");
    }
}
