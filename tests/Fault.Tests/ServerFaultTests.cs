using CleanMessaging.Fault.Tests.Load;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests;

/// <summary>Tests faults of the server's process: a kill, and jumps of its clock.</summary>
public sealed class ServerFaultTests(FaultPostgres postgres)
{
    internal static readonly TestSize Kills = new(1, 3, "kills of the server");

    [Fact(DisableParallelization = true)]
    public async Task SendMessage_ServerKilled_LosesNothingAcknowledgedAndChargesOnce()
    {
        await using var scene = await Scene.StartAsync(
            await postgres.CreateDatabaseAsync(), isExpected: attempt => attempt.Answer is null, clientsPerPlace: 1);

        for (var kill = 0; kill < Kills.Value; kill++)
        {
            await scene.Api.KillAsync();
            await scene.Api.StartAgainAsync();
            await scene.Load.RecoverAsync();
        }

        await scene.ShouldAgreeAsync();
    }

    [LongFact(DisableParallelization = true)]
    public async Task SendMessage_ClockJumps_GrantsNoSecondQuotaAndGoesOnCounting()
    {
        Assert.SkipUnless(FakeTime.IsInstalled, "libfaketime is missing (Debian package faketime).");
        using var clock = new FakeTime();
        await using var scene = await Scene.StartAsync(
            await postgres.CreateDatabaseAsync(), settings: clock.Environment, isExpected: attempt =>
                attempt.Answer is { Status: System.Net.HttpStatusCode.Unauthorized });
        var (hour, day) = (TimeSpan.FromHours(1), TimeSpan.FromDays(1));

        foreach (var ahead in (TimeSpan[])[hour, -hour, -day, TimeSpan.Zero, day, TimeSpan.Zero])
        {
            clock.Set(ahead);
            await scene.Load.RecoverAsync();
            await scene.Load.GoOnAsync(times: 3);
        }

        // The checker verifies the limit of each day. There must be exactly two days: moving the clock back must not start a third.
        var stored = await scene.ShouldAgreeAsync();
        var days = stored.Messages
            .Where(message => message.SenderId == scene.Cast.Rich.Id)
            .GroupBy(message => message.CreatedAt.UtcDateTime.Date)
            .ToList();
        days.Count.ShouldBeInRange(2, 3, "days on which was sent; three when midnight came in between");
        days.ShouldAllBe(sent => sent.Count(message => message.Charge == 0) == Math.Min(20, sent.Count()));
    }
}
