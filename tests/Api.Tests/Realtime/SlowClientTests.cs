using System.Diagnostics;
using System.Net;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Api.Tests.Realtime;

/// <summary>Tests that a client that does not read from its connection affects no other client.</summary>
public sealed class SlowClientTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const int Messages = 2000;
    private const int AtATime = 50;

    [LongFact]
    public async Task NewMessage_ToClientThatNeverReads_IsCutAndDelaysNoOne()
    {
        using var logs = new CapturedLogs();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), logs.AddTo);
        var connections = server.Services.GetRequiredService<BoundedHubLifetimeManager>();
        var notifier = server.Services.GetRequiredService<RealtimeNotifier>();
        var investor = await server.CreateWithPointsAsync(UserRole.Investor, 100_000);
        var startup = await server.RegisterStartupAsync();
        var conversationId = await investor.ConversationWithAsync(startup);
        await using var listener = await startup.ConnectAsync();
        await listener.JoinAsync(conversationId);
        await using var stalled = await RawHubConnection.OpenAsync(server, investor);
        await stalled.InvokeAsync("Join", $$"""{"conversationId":"{{conversationId}}"}""");
        var undisturbed = await SlowestSendAsync(investor, conversationId, listener);

        var content = new string('ä', 5000);
        var slowest = TimeSpan.Zero;
        for (var sequence = 1; sequence <= Messages; sequence++)
        {
            notifier.Publish([MessageOf(sequence)]);
            if (sequence % AtATime != 0)
                continue;

            // The test waits for the listener; the stalled connection falls behind.
            for (var expected = sequence - AtATime + 1; expected <= sequence; expected++)
                (await listener.NextAsync("NewMessage")).GetProperty("message").GetProperty("sequence").GetInt64().ShouldBe(expected);

            if (sequence % 400 == 0)
                slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, (await SlowestSendAsync(investor, conversationId, listener)).Ticks));
        }

        slowest.ShouldBeLessThan(undisturbed + TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(
            () =>
                !connections.HasConnectionsIn(Infrastructure.Realtime.HubGroups.Joined(new ConversationId(conversationId), new UserId(investor.Id))),
                "The stalled connection was not cut.");
        await stalled.WaitForEndAsync();
        var cut = logs.Lines.Where(
            line => line.Level == LogLevel.Warning && line.Text.Contains("Closing connection", StringComparison.Ordinal)).ToList();
        cut.Count.ShouldBeLessThanOrEqualTo(1);
        foreach (var line in cut)
            NumberIn(line.Text, "Bytes").ShouldBeLessThan((1024 * 1024) + 32_768);
        listener.Unread("NewMessage").ShouldBeEmpty();

        MessageSent MessageOf(long sequence) => new(
            new MessageId(Guid.CreateVersion7()), new ConversationId(conversationId), sequence, sequence, new UserId(startup.Id), content, server.Clock.GetUtcNow(), null, null,
            [investor.Id, startup.Id]);
    }

    /// <summary>Returns the latency of the slowest of ten sends; removes their events from the listener.</summary>
    private static async Task<TimeSpan> SlowestSendAsync(TestUser sender, Guid conversationId, TestConnection listener)
    {
        var slowest = TimeSpan.Zero;
        for (var number = 1; number <= 10; number++)
        {
            var started = Stopwatch.GetTimestamp();
            (await sender.SendAsync(conversationId, "Ping")).Expect(HttpStatusCode.Created);
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(started).Ticks));
            await listener.NextAsync("NewMessage", received => received.GetProperty("message").GetProperty("content").GetString() == "Ping");
        }

        return slowest;
    }

    private static int NumberIn(string line, string name)
    {
        var value = line[(line.IndexOf($" {name}=", StringComparison.Ordinal) + name.Length + 2)..];

        return int.Parse(value.AsSpan(0, value.IndexOf(' ')), System.Globalization.CultureInfo.InvariantCulture);
    }
}
