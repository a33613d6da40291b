using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages.Model;

/// <summary>
/// Takes random steps of two users with three devices, with a clock that moves forward and back, and compares everything that the users see with <see cref="PlainConversation"/>, a
/// second implementation of the rules: responses, pages, lists, unread counts, quotes, tombstones, events, and recovery from every earlier revision.
/// </summary>
public sealed class MessageModelTests(TestPostgres postgres)
{
    private const int Steps = 60;
    private const int StepsBetweenFullChecks = 20;

    /// <summary>The histories in which <see cref="Recoveries"/> are compared. In further ones, <see cref="FewRecoveries"/> are.</summary>
    private const int FirstHistories = 3;
    private const int FewRecoveries = 12;

    internal static readonly TestSize Histories = new(FirstHistories, 4, "random histories of messages");
    internal static readonly TestSize Recoveries = new(FewRecoveries, Steps, "steps of a history after which every recovery and the events are compared");

    [Fact]
    public async Task Steps_OfTwoUsersWithThreeDevices_AgreeWithThePlainModel()
    {
        await using var server = await ApiServer.StartAsync(
            postgres,
            new Dictionary<string, string?>(TestKeys.Settings("model"))
            {
                ["Jwt:AccessTokenLifetime"] = "01:00:00",
                ["Quota:DailyFreeLimit"] = "1000000",
                ["Messages:EditWindow"] = $"{PlainConversation.EditWindow}",
                ["Messages:EditsMax"] = $"{PlainConversation.EditsMax}",
                ["Limits:UserBurst"] = "1000000",
                ["Limits:AddressBurst"] = "1000000",
                ["Limits:SignInBurst"] = "1000000",
                ["Limits:HubCallBurst"] = "1000000",
            });
        var accepted = new HashSet<string>();
        IEnumerable<string> kinds = [];
        for (var seed = 1; seed <= Histories.Value; seed++)
            kinds = await TakeAsync(server, seed, accepted);

        kinds.ShouldBeSubsetOf(accepted, "Each kind of step must be accepted at least once.");
    }

    private static async Task<IEnumerable<string>> TakeAsync(ApiServer server, int seed, HashSet<string> accepted)
    {
        var recoveries = seed <= FirstHistories ? Recoveries.Value : FewRecoveries;
        await using var run = await ModelRun.StartAsync(server, seed);
        var steps = new ModelSteps(run);
        var checks = new ModelChecks(run);
        try
        {
            for (var step = 1; step <= Steps; step++)
            {
                if (await steps.TakeAsync() is { } kind)
                    accepted.Add(kind);

                if (step % StepsBetweenFullChecks == 0)
                    await checks.CheckAllAsync();
                else
                    await checks.CheckSomeAsync();

                if (step % (Steps / recoveries) == 0)
                    await checks.CheckRecoveriesAsync();
            }
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"The history of seed {seed} fails after its last step:\n{run.Log}\n{exception.Message}", exception);
        }

        return steps.Kinds;
    }
}
