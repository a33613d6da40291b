using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Client.Tests.Api;

public sealed class PurgeTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const string Reason = "Retention period";

    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Purge_OfMoreThanAStep_ErasesEverythingAndIsRecorded()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var me = await _server.CreateAdminAsync();
        using var admin = await Device.SignInAsync(_server.Address, me);
        await _server.FillAsync(conversationId, investor.Id, 1001, "now() - interval '60 days' + n * interval '1 second'");
        var before = _server.Clock.GetUtcNow().AddDays(-31);
        var progress = new Progress();

        var purged = await admin.Administration.PurgeAsync(before, Reason, progress, Cancellation);

        purged.ShouldBe(new PurgedMessages(1001, OldestLeft: null, IsDone: true));
        progress.Reports.Select(report => (report.Purged, report.IsDone)).ShouldBe([(1000, false), (1001, true)]);
        progress.Reports[0].OldestLeft.ShouldNotBeNull();
        var page = await admin.Administration.GetActionsAsync(limit: 1, cancellationToken: Cancellation);
        var last = page.Items.ShouldHaveSingleItem();
        (last.ActorId, last.ActorName, last.Action, last.Count, last.Reason).ShouldBe((me.Id, me.DisplayName, "purgeExpiredMessages", 1, Reason));
        (await admin.Administration.GetActionsAsync(page.NextCursor, 1, Cancellation)).Items[0].Count.ShouldBe(1000);
    }

    [Fact]
    public async Task Purge_OfMessagesThatTheServerKeeps_ReturnsTheLatestTime()
    {
        using var admin = await Device.SignInAsync(_server.Address, await _server.CreateAdminAsync());

        var rejection = await Should.ThrowAsync<PurgeTooRecentException>(
            () => admin.Administration.PurgeStepAsync(_server.Clock.GetUtcNow().AddDays(-29), Reason, cancellationToken: Cancellation));

        rejection.Code.ShouldBe("retention.too_recent");
        rejection.Latest.ShouldNotBeNull().ShouldBe(_server.Clock.GetUtcNow().AddDays(-30), TimeSpan.FromMinutes(5));
        (await Should.ThrowAsync<InvalidRequestException>(
            () => admin.Administration.PurgeStepAsync(_server.Clock.GetUtcNow().AddDays(-31), "", MessagingLimits.PurgedMessages + 1, Cancellation)))
            .Errors.Keys.ShouldBe(["atMost", "reason"], ignoreOrder: true);
    }

    [Fact]
    public async Task Purge_ByAnotherUser_IsForbidden()
    {
        using var client = await Device.SignInAsync(_server.Address, await _server.RegisterInvestorAsync());

        foreach (var call in new Func<Task>[]
        {
            () => client.Administration.PurgeAsync(_server.Clock.GetUtcNow().AddDays(-31), Reason, cancellationToken: Cancellation),
            () => client.Administration.GetActionsAsync(cancellationToken: Cancellation),
        })
        {
            (await Should.ThrowAsync<MessagingException>(call)).Code.ShouldBe("auth.forbidden");
        }
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public async Task Purge_WhenTheServerIsBusy_TriesAStepFiveTimes(int failures, bool isPurged)
    {
        var left = failures;
        using var server = new ScriptedServer(_ => left-- > 0
            ? ScriptedServer.Problem(HttpStatusCode.ServiceUnavailable, "storage.outcome_unknown", retryable: true, "\"retryAfter\":0.001")
            : Step(3, null));
        using var client = await SignInAsync(server);

        var purging = client.Administration.PurgeAsync(Given.Noon, Reason, cancellationToken: Cancellation);

        if (isPurged)
            (await purging).Purged.ShouldBe(3);
        else
            await Should.ThrowAsync<ServerUnavailableException>(purging);
        server.Requests.Count.ShouldBe(isPurged ? failures + 1 : 5);
    }

    [Fact]
    public async Task Purge_Canceled_CountsTheStepThatHasBegunAndBeginsNoOther()
    {
        using var canceled = new CancellationTokenSource();
        using var server = new ScriptedServer(_ =>
        {
            canceled.Cancel();
            return Step(1000, "2026-01-01T00:00:00Z");
        });
        using var client = await SignInAsync(server);
        var progress = new Progress();

        await Should.ThrowAsync<OperationCanceledException>(client.Administration.PurgeAsync(Given.Noon, Reason, progress, canceled.Token));

        progress.Reports.ShouldHaveSingleItem().Purged.ShouldBe(1000);
        server.Requests.ShouldHaveSingleItem();
    }

    /// <summary>A step can pass over deleted messages only: it purges none, but makes progress.</summary>
    [Fact]
    public async Task Purge_OfMessagesThatStayInUse_EndsAndSaysThatTheyAreLeft()
    {
        var (steps, clock) = (0, new FakeTimeProvider(Given.Noon));
        using var server = new ScriptedServer(_ => Step(0, ++steps < 3 ? $"2026-01-0{steps}T00:00:00Z" : "2026-01-09T00:00:00Z"));
        using var client = await SignInAsync(server, clock);

        var purging = client.Administration.PurgeAsync(Given.Noon, Reason, cancellationToken: Cancellation);
        while (!purging.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        (await purging).ShouldBe(new PurgedMessages(0, new DateTimeOffset(2026, 1, 9, 0, 0, 0, TimeSpan.Zero), IsDone: false));
        server.Requests.Count.ShouldBe(3 + 5);
        JsonDocument.Parse(server.Requests.First().Body).RootElement.EnumerateObject().Select(member => member.Name).ShouldBe(["expiredBefore", "reason"]);
    }

    private static HttpResponseMessage Step(int purged, string? oldestLeft) => ScriptedServer.Json(
        $$$"""
        {"success":true,"data":{"purged":{{{purged}}},"oldestLeft":{{{(oldestLeft is null ? "null" : $"\"{oldestLeft}\"")}}},"isDone":{{{(oldestLeft is null ? "true" : "false")}}}}}
        """);

    private static async Task<MessagingClient> SignInAsync(ScriptedServer server, TimeProvider? clock = null)
    {
        var client = new MessagingClient(new Uri("http://localhost"), handler: server, clock: clock);
        await client.Api.Tokens.SignInAsync(Given.Credentials("1", DateTimeOffset.MaxValue), Cancellation);

        return client;
    }

    private sealed class Progress : IProgress<PurgedMessages>
    {
        public List<PurgedMessages> Reports { get; } = [];

        public void Report(PurgedMessages value) => Reports.Add(value);
    }
}
