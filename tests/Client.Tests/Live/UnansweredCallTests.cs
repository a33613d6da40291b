using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests that a hub call without an answer does not stop a session.</summary>
public sealed class UnansweredCallTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private static readonly MessagingSessionOptions _options = Device.ShortWaits with { HubCallTimeout = TimeSpan.FromSeconds(1) };

    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Join_ThatIsNotAnsweredOnce_IsRepeatedOnTheSameConnection()
    {
        var (_, startup, conversationId) = await _server.RegisterPairAsync();
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup, _options);
        await stan.BeAsync(ConnectionState.Online);
        line.HubAnswersToLose = 1;

        await using var timeline = stan.Session.Open(conversationId);
        await Eventually.TrueAsync(
            () => stan.Logs.Lines.Any(entry => entry.Text.Contains("Synchronization of Conversation failed", StringComparison.Ordinal)),
            "The call has no time limit.");

        await timeline.WaitUntilLoadedAsync(Cancellation).WaitAsync(TimeSpan.FromSeconds(5), Cancellation);
        line.HubConnections.ShouldBe(1);
    }

    [Fact]
    public async Task Joins_ThatAConnectionNeverAnswers_ArePolledForUntilAnotherConnectionAnswers()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await investor.SendAsync(conversationId, "Sent before");
        await using var line = new BadLine(_server.Address) { LosesHubAnswers = true };
        await using var stan = await Device.OpenAsync(line.Address, startup, _options);

        await using var timeline = stan.Session.Open(conversationId);

        await stan.BeAsync(ConnectionState.Polling);
        timeline.Messages.ShouldHaveSingleItem().Content.ShouldBe("Sent before");
        stan.Session.Conversations.ShouldHaveSingleItem();

        line.LosesHubAnswers = false;
        await stan.BeAsync(ConnectionState.Online);
        await investor.SendAsync(conversationId, "Live again");
        await Eventually.TrueAsync(() => timeline.Messages.Count == 2, "The session is not live again.");
    }
}
