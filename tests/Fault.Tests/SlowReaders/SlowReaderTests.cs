using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.SlowReaders;

/// <summary>
/// Tests twenty free accounts that repeatedly request the largest responses and read them at 400 bytes per second. The server has a heap of
/// 512 MB. Other users must not be affected.
/// </summary>
public sealed class SlowReaderTests(FaultPostgres postgres)
{
    private const int Accounts = 20;
    private const int HeapBytes = 512 * 1024 * 1024;

    /// <summary>Latencies below this are not compared with the usual ones, because the difference depends on the machine.</summary>
    private const double NoiseMs = 15;

    private static readonly bool _isThorough = Environment.GetEnvironmentVariable("CLEANMESSAGING_THOROUGH") == "1";

    [Fact]
    public Task SlowReaders_OfSyncs_LeaveOthersAlone() => AttackAsync(120, (attackers, number) => Request(
        attackers.Common, "POST", "/api/sync", $$"""{"conversations":[{{string.Join(',', attackers.ConversationIds.Select(id => $$"""{"conversationId":"{{id}}","sinceRevision":0}"""))}}]}"""));

    [Fact]
    public Task SlowReaders_OfPages_LeaveOthersAlone() => AttackAsync(600, (attackers, number) => Request(
        attackers.Free[number % Accounts], "GET", $"/api/messages?conversationId={attackers.ConversationIds[number % Accounts]}&limit=100"));

    [Fact]
    public Task SlowReaders_OfLists_LeaveOthersAlone() => AttackAsync(600, (attackers, _) => Request(
        attackers.Common, "GET", "/api/conversations?limit=100"));

    [Fact]
    public Task SlowReaders_OfJoins_LeaveOthersAlone() => AttackAsync(120, (attackers, number) =>
    {
        var user = number % 2 == 0 ? attackers.Common : attackers.Free[number % Accounts];
        var joined = number % 2 == 0 ? attackers.ConversationIds : [attackers.ConversationIds[number % Accounts]];

        return
        [
            WebSocketBytes.Upgrade(user),
            WebSocketBytes.Text(RawHubConnection.Handshake),
            .. joined.Select((id, call) => WebSocketBytes.Text(
                $$"""{"type":1,"invocationId":"{{call}}","target":"Join","arguments":[{"conversationId":"{{id}}","sinceRevision":0}]}""")),
        ];
    });

    /// <param name="count">The number of readers, which connect within 30 seconds, or within 10 in the short form.</param>
    private async Task AttackAsync(int count, Func<Attackers, int, byte[][]> writes)
    {
        var output = TestContext.Current.TestOutputHelper;
        var perSecond = count / (_isThorough ? 30 : 10);
        var settle = TimeSpan.FromSeconds(_isThorough ? 40 : 5);
        await using var api = await ApiProcess.StartAsync(
            await postgres.CreateDatabaseAsync(),
            new Dictionary<string, string?>
            {
                ["DOTNET_GCHeapHardLimit"] = string.Create(CultureInfo.InvariantCulture, $"0x{HeapBytes:x}"),
                ["Quota:DailyFreeLimit"] = "100000",
            });
        var bystanders = await GatherBystandersAsync(api);
        var attackers = await GatherAttackersAsync(api);
        await bystanders.MeasureAsync(Task.Delay(TimeSpan.FromSeconds(2), Token));
        var before = await bystanders.MeasureAsync(Task.Delay(TimeSpan.FromSeconds(4), Token));

        var readers = new List<SlowReader>();
        var attack = AttackAsync(api, attackers, writes, readers, count, perSecond, settle);
        var during = await bystanders.MeasureAsync(attack);
        await attack;

        output?.WriteLine($"{count} readers, {perSecond} a second, then {settle.TotalSeconds} s{(_isThorough ? "" : $"; shortened from {count / 30} a second, then 40 s (CLEANMESSAGING_THOROUGH=1)")}");
        output?.WriteLine($"before: {before}");
        output?.WriteLine($"during: {during}");
        output?.WriteLine(
            $"attackers: {string.Join(", ", readers.GroupBy(one => one.Status).Select(group => $"{group.Key} x {group.Count()}"))}; "
            + $"ended by the server: {readers.Count(one => one.EndedAfter is not null)}, the last after {readers.Max(one => one.EndedAfter)}");
        output?.WriteLine(api.HasExited ? $"exited with {api.ExitCode}: {string.Join('\n', api.Lines.TakeLast(20))}" : MemoryOf(api));

        api.HasExited.ShouldBeFalse();
        during.Statuses.Keys.ShouldBeSubsetOf([HttpStatusCode.OK, HttpStatusCode.Created]);
        during.P95.ShouldBeLessThan(3 * Math.Max(before.P95, NoiseMs));
        foreach (var reader in readers)
            await reader.DisposeAsync();

        using var client = api.CreateClient();
        (await client.GetAsync("/health/ready", Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task AttackAsync(
        ApiProcess api, Attackers attackers, Func<Attackers, int, byte[][]> writes, List<SlowReader> readers, int count, int perSecond, TimeSpan settle)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1) / perSecond);
        try
        {
            for (var number = 0; number < count && await timer.WaitForNextTickAsync(Token); number++)
                readers.Add(await SlowReader.StartAsync(api.Address, writes(attackers, number)));
        }
        catch (System.Net.Sockets.SocketException)
        {
            // The server has exited; the test reports it.
            return;
        }

        await Task.Delay(settle, Token);
    }

    private static async Task<Bystanders> GatherBystandersAsync(ApiProcess api)
    {
        var investor = await RegisterAsync(api, UserRole.Investor);
        var startup = await RegisterAsync(api, UserRole.Startup);
        var conversationId = await investor.ConversationWithAsync(startup);
        for (var number = 0; number < 30; number++)
            await UntilServedAsync(() => investor.SendAsync(conversationId, $"Message {number}"));

        return new Bystanders(investor, startup, conversationId);
    }

    /// <summary>Creates twenty accounts, each with a conversation with the same other user that contains twenty messages of 5,000 emoji.</summary>
    private static async Task<Attackers> GatherAttackersAsync(ApiProcess api)
    {
        var content = string.Concat(Enumerable.Repeat("😀", 5000));
        var common = await RegisterAsync(api, UserRole.Startup);
        var free = new List<TestUser>();
        var conversationIds = new List<Guid>();
        for (var account = 0; account < Accounts; account++)
        {
            free.Add(await RegisterAsync(api, UserRole.Investor));
            conversationIds.Add(await free[^1].ConversationWithAsync(common));
            for (var number = 0; number < 20; number++)
            {
                await UntilServedAsync(() => free[^1].PostRawAsync("/api/messages/send", new StringContent(
                    $$"""{"conversationId":"{{conversationIds[^1]}}","content":"{{content}}"}""", Encoding.UTF8, new MediaTypeHeaderValue("application/json"))));
            }
        }

        return new Attackers(common, free, conversationIds);
    }

    private static async Task<TestUser> RegisterAsync(ApiProcess api, UserRole role)
    {
        var client = api.CreateClient();
        var name = Guid.CreateVersion7();

        return TestUser.SignedIn(client, await UntilServedAsync(async () => await Answer.OfAsync(await client.PostAsJsonAsync(
            "/api/auth/register",
            new { email = $"{name}@example.com", password = ApiServer.Password, displayName = "Somebody", role = role.ToString() },
            Token))));
    }

    /// <summary>Retries a request that a busy machine did not serve in time.</summary>
    private static async Task<Answer> UntilServedAsync(Func<Task<Answer>> request)
    {
        for (var attempt = 1; ; attempt++)
        {
            var answer = await request();
            if (answer.Status != HttpStatusCode.ServiceUnavailable || attempt == 5)
                return answer.Expect(HttpStatusCode.Created);
        }
    }

    private static byte[][] Request(TestUser user, string method, string target, string body = "") =>
    [
        Encoding.UTF8.GetBytes(
            $"{method} {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {user.AccessToken}\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"),
    ];

    private static string MemoryOf(ApiProcess api) => string.Join(
        ", ", File.ReadLines($"/proc/{api.ProcessId}/status").Where(line => line.StartsWith("VmHWM", StringComparison.Ordinal) || line.StartsWith("VmRSS", StringComparison.Ordinal)));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private sealed record Attackers(TestUser Common, IReadOnlyList<TestUser> Free, IReadOnlyList<Guid> ConversationIds);
}
