using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Telemetry;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Telemetry;

public sealed class MetricsTests : IClassFixture<ApiServerFixture>, IDisposable
{
    private readonly ApiServer _server;
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<string> _measured = new();

    public MetricsTests(ApiServerFixture fixture)
    {
        _server = fixture.Server;
        var ours = _server.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == MessagingMetrics.MeterName && instrument.Meter.Scope == ours)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            value.ShouldBeInRange(0, 5);
            Keep(instrument, 1, tags);
        });
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task SendMessage_FreePaidRepeatedAndRejected_IsCountedAsWhatItWas()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 10);
        await _server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = 1 WHERE user_id = '{investor.Id}'");
        var startup = await _server.RegisterStartupAsync();
        var conversationId = await investor.ConversationWithAsync(startup);
        await using var recipient = await startup.ConnectAsync();
        await recipient.JoinAsync(conversationId);
        var key = Guid.CreateVersion7();

        (await investor.SendAsync(conversationId, "Free", key)).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(conversationId, "Free", key)).Expect(HttpStatusCode.OK);
        (await investor.SendAsync(conversationId, "Paid")).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(conversationId, "Rejected")).Expect(HttpStatusCode.PaymentRequired);

        await Eventually.TrueAsync(
            () => _measured.Count(line => line == "cleanmessaging.push.duration 1") == 2, "The deliveries are not measured.");
        Counted("cleanmessaging.messages.sent").ShouldBe(["1 charge=free", "1 charge=paid"]);
        Counted("cleanmessaging.requests.refused").ShouldBe(["1 code=wallet.insufficient_balance transport=http"]);
    }

    [Fact]
    public async Task HubCall_Rejected_IsCountedByCode()
    {
        var investor = await _server.RegisterInvestorAsync();
        await using var connection = await investor.ConnectAsync();

        await connection.ErrorOfAsync("Join", new { conversationId = Guid.CreateVersion7() });

        Counted("cleanmessaging.requests.refused").ShouldBe(["1 code=conversation.not_found transport=hub"]);
        _listener.RecordObservableInstruments();
        Counted("cleanmessaging.hub.connections").ShouldBe(["1"]);
        Counted("cleanmessaging.push.queue.length").Count.ShouldBeGreaterThanOrEqualTo(2);
    }

    [Theory]
    [InlineData("*/*")]
    [InlineData("text/html")]
    public async Task Address_ThatIsNone_IsCountedInABrowserAsToAnybody(string accept)
    {
        using var client = _server.CreateClient();
        client.DefaultRequestHeaders.Add("Accept", accept);

        using var answer = await client.GetAsync("/nothing-here", TestContext.Current.CancellationToken);

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        Counted("cleanmessaging.requests.refused").ShouldBe(["1 code=route.not_found transport=http"]);
    }

    private IReadOnlyList<string> Counted(string instrument) =>
        [.. _measured.Where(line => line.StartsWith(instrument + " ", StringComparison.Ordinal)).Select(line => line[(instrument.Length + 1)..])];

    private void Keep(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var line = $"{instrument.Name} {value}";
        foreach (var (name, tag) in tags)
            line += $" {name}={tag}";
        _measured.Enqueue(line);
    }
}
