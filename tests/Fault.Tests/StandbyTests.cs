using CleanMessaging.Fault.Tests.Load;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests;

/// <summary>
/// A primary with a synchronous standby. What is acknowledged is on both; what is only on the primary is acknowledged to no one.
/// </summary>
public sealed class StandbyTests
{
    private const string DatabaseName = "messaging";

    [Fact]
    public async Task SendMessage_WhileTheStandbyStalls_IsNotAcknowledgedAndServedAgain()
    {
        await using var postgres = await ReplicatedPostgres.StartAsync();
        await using var scene = await StartAsync(postgres);
        await scene.Load.GoOnAsync(times: 5);

        TimeSpan stalled;
        TimeSpan resumed;
        await using (await postgres.FreezeStandbyAsync())
        {
            stalled = scene.Journal.Now;
            while (scene.Journal.Now < stalled + TimeSpan.FromSeconds(8))
                await Task.Delay(100, TestContext.Current.CancellationToken);

            resumed = scene.Journal.Now;
        }

        await scene.Load.RecoverAsync();
        await scene.ShouldAgreeAsync();

        var during = scene.Journal.Attempts.Where(attempt => attempt.Started > stalled && attempt.Ended < resumed).ToList();
        during.Where(attempt => attempt.Send is not null).ShouldNotBeEmpty();
        during.Where(attempt => attempt.Send is not null && attempt.IsAcknowledged).ShouldBeEmpty("acknowledged, and on no standby");
        during.Where(attempt => attempt.What == "credit" && attempt.IsAcknowledged).ShouldBeEmpty("acknowledged, and on no standby");
        during.ShouldContain(attempt => attempt.Send != null && attempt.IsInDoubt);
        during.Where(attempt => attempt.What.StartsWith("GET", StringComparison.Ordinal)).ShouldContain(attempt => attempt.IsServed, "reads need no standby");
    }

    [Fact]
    public async Task SendMessage_StandbyPromotedUnderLoad_LosesNothingAcknowledged()
    {
        await using var postgres = await ReplicatedPostgres.StartAsync();
        await using var scene = await StartAsync(postgres);
        await scene.Load.GoOnAsync(times: 5);

        await postgres.KillPrimaryAsync();
        await scene.Load.BeRejectedAsync(times: 10);
        await postgres.PromoteAsync();

        await scene.Load.RecoverAsync();
        await scene.ShouldAgreeAsync();
    }

    /// <summary>
    /// The standby stalls, so that commits stay on the primary only, and then takes over without them: what the server still knows of the lost rows must decide nothing. What was only on the
    /// primary could be read there in between, so what observers have seen is not compared.
    /// </summary>
    [Fact]
    public async Task SendMessage_StalledStandbyPromotedUnderLoad_LosesNothingAcknowledgedAndDecidesNothingOnWhatIsLost()
    {
        await using var postgres = await ReplicatedPostgres.StartAsync();
        await using var scene = await StartAsync(postgres, observers: false);
        await scene.Load.GoOnAsync(times: 5);

        await using (var standby = await postgres.FreezeStandbyAsync())
        {
            await scene.Load.BeRejectedAsync(times: 15);
            await postgres.KillPrimaryAsync();
            await standby.KillAsync("walreceiver");
        }

        await postgres.PromoteAsync();
        await scene.Load.RecoverAsync();
        await scene.ShouldAgreeAsync();

        scene.Journal.Attempts.ShouldContain(attempt => attempt.Send != null && attempt.IsInDoubt);
    }

    private static async Task<Scene> StartAsync(ReplicatedPostgres postgres, bool observers = true)
    {
        var connectionString = postgres.ConnectionStringFor(DatabaseName);
        await DatabaseMigration.RunAsync(connectionString, TestContext.Current.CancellationToken);

        return await Scene.StartAsync(connectionString, observers: observers);
    }
}
