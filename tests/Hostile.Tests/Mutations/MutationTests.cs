using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using CleanMessaging.Hostile.Tests.Requests;
using CleanMessaging.Hostile.Tests.Wire;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Hostile.Tests.Mutations;

/// <summary>
/// Sends randomly mutated requests of every operation and frames of every hub method. <c>CLEANMESSAGING_MUTATION_SEED</c> sets the seed. A
/// failure reports the seed, and the number and bytes of the request.
/// </summary>
public sealed class MutationTests(HostileServerFixture fixture) : IClassFixture<HostileServerFixture>
{
    private const int Clients = 4;

    /// <summary>One in this many requests is a hub frame.</summary>
    private const int HubShare = 15;

    /// <summary>
    /// One in this many requests may end a session. The test then creates new users, which takes as long as fifty requests.
    /// </summary>
    private const int EndingShare = 4;

    internal static readonly TestSize Mutations = new(2_000, 20_000, "mutations");

    private const char End = '\u001e';

    private static readonly HashSet<string> _ending = ["logOut", "changePassword", "deactivateUser"];

    /// <summary>The random seed: constant unless configured, so that results are reproducible.</summary>
    private static readonly int _seed = Setting("CLEANMESSAGING_MUTATION_SEED", 20261123);

    private static readonly int _count = Mutations.Value;

    private readonly ConcurrentQueue<string> _faults = new();
    private readonly ConcurrentDictionary<string, int> _outcomes = new();

    [Fact]
    public async Task Mutations_OfEveryOperationAndHubMethod_AreAnsweredInOrderAndLeaveTheBooksInOrder()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{_count} mutations with the seed {_seed}");

        await Task.WhenAll(
            Enumerable.Range(0, Clients).Select(client => Task.Run(() => RunAsync(client), TestContext.Current.CancellationToken)));

        _faults.ShouldBeEmpty($"Seed {_seed}");
        await fixture.Server.ShouldAddUpAsync();
        await fixture.ShouldBeUnaffectedAsync();
        ShouldHaveReachedEverything();
    }

    /// <summary>Sends the requests of one client sequentially, with separate users.</summary>
    private async Task RunAsync(int client)
    {
        var cast = await Cast.FormAsync(fixture.Server);
        await using var connection = new WireConnection(fixture.Server.Address);

        // Separate users for the hub, because the requests log out and deactivate users.
        var onHub = await Cast.FormAsync(fixture.Server);
        var hub = await RawHubConnection.OpenAsync(fixture.Server, onHub.Investor);
        for (var number = client; number < _count && _faults.Count < 5; number += Clients)
        {
            var random = new Random(unchecked((_seed * 1_000_003) + number));
            if (random.Next(HubShare) == 0)
            {
                hub = await CallAsync(hub, onHub, new Mutator(random) { Ids = IdsOf(onHub) }, random, number);
                continue;
            }

            var operation = random.Next(EndingShare) == 0
                ? Any(random, _ => true)
                : Any(random, operation => !_ending.Contains(operation.Id));
            var request = new Mutator(random) { Ids = IdsOf(cast) }.Spoil(await cast.SampleOfAsync(fixture.Description, operation));
            var answer = await connection.SendUntilServedAsync(request.ToBytes());
            Judge(operation, request, answer, number);
            if ((answer?.Status == 401 && HasEnded(cast, request)) || (answer?.IsSuccess == true && _ending.Contains(operation.Id)))
                cast = await Cast.FormAsync(fixture.Server);
        }

        await hub.DisposeAsync();
    }

    private DescribedOperation Any(Random random, Func<DescribedOperation, bool> wanted)
    {
        var operations = fixture.Description.Operations.Where(wanted).ToList();

        return operations[random.Next(operations.Count)];
    }

    private void Judge(DescribedOperation operation, WireRequest request, WireAnswer? answer, int number)
    {
        if (answer is null)
        {
            Report(number, request.ToBytes(), "no answer");
            return;
        }

        _outcomes.AddOrUpdate($"{operation.Id} {answer.Status / 100}", 1, (_, count) => count + 1);
        _outcomes.AddOrUpdate(answer.Outcome, 1, (_, count) => count + 1);
        var inForm = answer.IsSuccess || answer.Code is not null || answer.IsBareError || (request.Method == "HEAD" && answer.Status < 500);
        if (answer.Status >= 500 || !inForm || (!answer.IsSuccess && InnerText.IsIn(answer.Text, request)))
            Report(number, request.ToBytes(), answer.ToString());
    }

    /// <summary>Sends one mutated frame, and checks with a valid call whether the connection is open; opens another one if not.</summary>
    private async Task<RawHubConnection> CallAsync(RawHubConnection hub, Cast cast, Mutator mutator, Random random, int number)
    {
        var method = HubCalls.Methods[random.Next(HubCalls.Methods.Count)];
        var good = HubCalls.ArgumentOf(method, cast.ConversationId);
        var argument = good.ToJsonString();
        var frame = random.Next(6) switch
        {
            0 => Encoding.UTF8.GetBytes(HubCalls.Frame(method, mutator.SpoilText(argument)) + End),
            1 => Encoding.UTF8.GetBytes(mutator.SpoilText(HubCalls.Frame(method, argument)) + End),
            2 => [.. mutator.SpoilBytes(Encoding.UTF8.GetBytes(HubCalls.Frame(method, argument))), (byte)End],
            _ => Encoding.UTF8.GetBytes(HubCalls.Frame(method, mutator.Spoil(good).ToJsonString()) + End),
        };
        try
        {
            await hub.SendBytesAsync(frame);
        }
        catch (WebSocketException)
        {
            Report(number, frame, "the connection had ended before");
        }

        var (completion, said) = await hub.ProbeAsync(cast.ConversationId);
        if (InnerText.IsIn(said)
            || said.EndsWith(HubCalls.Silence, StringComparison.Ordinal)
            || said.Contains("internal_error", StringComparison.Ordinal)
            || completion?.TryGetProperty("error", out _) == true)
        {
            Report(number, frame, said);
        }

        _outcomes.AddOrUpdate(completion is null ? "hub ended" : "hub goes on", 1, (_, count) => count + 1);
        if (completion is not null)
            return hub;

        await hub.DisposeAsync();

        return await RawHubConnection.OpenAsync(fixture.Server, cast.Investor);
    }

    /// <summary>Verifies that, for every operation, enough mutated requests succeeded and enough were rejected.</summary>
    private void ShouldHaveReachedEverything()
    {
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Join('\n', _outcomes.OrderByDescending(outcome => outcome.Value).Select(outcome => $"{outcome.Value,7} {outcome.Key}")));
        if (!Thorough.IsOn)
            return;

        foreach (var operation in fixture.Description.Operations)
        {
            _outcomes.GetValueOrDefault($"{operation.Id} 2").ShouldBeGreaterThan(0, operation.Id);
            _outcomes.GetValueOrDefault($"{operation.Id} 4").ShouldBeGreaterThan(_count / 1000, operation.Id);
        }

        _outcomes.GetValueOrDefault("hub goes on").ShouldBeGreaterThan(_count / 100);
        _outcomes.GetValueOrDefault("hub ended").ShouldBeGreaterThan(_count / 1000);
    }

    private void Report(int number, byte[] request, string what) =>
        _faults.Enqueue($"Number {number}: {what}\n{string.Concat(request.Select(one => one is >= 0x20 and < 0x7f or (byte)'\n' ? $"{(char)one}" : $"\\x{one:x2}"))}\n");

    /// <summary>
    /// Returns whether the request ended the caller's session, for example by a log-out. The test then continues with new users.
    /// </summary>
    private static bool HasEnded(Cast cast, WireRequest request) =>
        request.Headers.Count(header => header.Name == "Authorization") == 1
        && (
            request.Headers.Contains(("Authorization", $"Bearer {cast.Investor.AccessToken}"))
                || request.Headers.Contains(("Authorization", $"Bearer {cast.Admin.AccessToken}")));

    private static IReadOnlyList<string> IdsOf(Cast cast) =>
    [
        .. new[]
        {
            cast.ConversationId, cast.OtherConversationId, cast.MessageId, cast.TransactionId, cast.Investor.Id, cast.Startup.Id,
            cast.OtherInvestor.Id, cast.OtherStartup.Id, cast.Admin.Id,
            new("ffffffff-ffff-ffff-ffff-ffffffffffff"), new("00000000-0000-7000-8000-000000000001"),
        }.Select(id => id.ToString()),
    ];

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
}
