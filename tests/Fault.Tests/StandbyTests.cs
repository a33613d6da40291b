using CleanMessaging.Fault.Tests.Load;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests;

/// <summary>
/// Tests a primary with a synchronous standby. Acknowledged messages are on both; a message that is only on the primary is not
/// acknowledged.
/// </summary>
public sealed class StandbyTests
{
    private const string DatabaseName = "messaging";

    [LongFact(DisableParallelization = true)]
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
        during.Where(attempt => attempt.What.StartsWith("GET", StringComparison.Ordinal))
            .ShouldContain(attempt => attempt.IsServed, "reads need no standby");
    }

    [LongFact(DisableParallelization = true)]
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
    /// The standby stalls, so that commits stay on the primary only, and then takes over without them. The server must not use its cached
    /// copies of the lost rows. Clients could read rows that were only on the primary, so the test does not compare what observers
    /// received.
    /// </summary>
    [LongFact(DisableParallelization = true)]
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
