using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.SlowReaders;

/// <summary>A server with a heap of 512 MB, two users who work normally, and slow readers of one kind of response.</summary>
internal sealed class Attack : IAsyncDisposable
{
    private const int Accounts = 20;
    private const int HeapBytes = 512 * 1024 * 1024;

    private readonly List<SlowReader> _readers = [];
    private readonly Attackers _attackers;
    private readonly int _count;
    private readonly Func<Attackers, int, byte[][]> _requests;

    private Attack(
        ApiProcess api, string name, int count, Func<Attackers, int, byte[][]> requests, Bystanders bystanders, Attackers attackers)
    {
        Api = api;
        Name = name;
        Bystanders = bystanders;
        _count = count;
        _requests = requests;
        _attackers = attackers;
    }

    /// <summary>The kinds of attacks: the number of readers, and the bytes that the n-th reader writes.</summary>
    public static IReadOnlyList<(string Name, int Count, Func<Attackers, int, byte[][]> Requests)> Kinds { get; } =
    [
        ("syncs", 120, (attackers, _) => Request(
            attackers.Common, "POST", "/api/sync", $$"""{"conversations":[{{string.Join(',', attackers.ConversationIds.Select(id => $$"""{"conversationId":"{{id}}","sinceRevision":0}"""))}}]}""")),
        ("pages", 600, (attackers, number) => Request(
            attackers.Free[number % Accounts],
            "GET",
            $"/api/messages?conversationId={attackers.ConversationIds[number % Accounts]}&limit=100")),
        ("lists", 600, (attackers, _) => Request(attackers.Common, "GET", "/api/conversations?limit=100")),
        ("joins", 120, Joins),
    ];

    public string Name { get; }

    public ApiProcess Api { get; }

    public Bystanders Bystanders { get; }

    /// <summary>Starts a server with its users and their messages.</summary>
    public static async Task<Attack> PrepareAsync(string connectionString, string name, int count, Func<Attackers, int, byte[][]> requests)
    {
        var api = await ApiProcess.StartAsync(
            connectionString,
            new Dictionary<string, string?>
            {
                ["DOTNET_TC_CallCounting"] = "1",
                ["DOTNET_GCHeapHardLimit"] = string.Create(CultureInfo.InvariantCulture, $"0x{HeapBytes:x}"),
                ["Quota:DailyFreeLimit"] = "100000",
            });
        try
        {
            return new Attack(api, name, count, requests, await GatherBystandersAsync(api), await GatherAttackersAsync(api));
        }
        catch
        {
            await api.DisposeAsync();
            throw;
        }
    }

    /// <summary>Connects the readers evenly over a period, and lets them read for another one.</summary>
    public async Task RunAsync(TimeSpan connecting, TimeSpan reading)
    {
        using var timer = new PeriodicTimer(connecting / _count);
        try
        {
            for (var number = 0; number < _count && await timer.WaitForNextTickAsync(Token); number++)
                _readers.Add(await SlowReader.StartAsync(Api.Address, _requests(_attackers, number)));
        }
        catch (SocketException)
        {
            // The server has exited; the test reports it.
            return;
        }

        await Task.Delay(reading, Token);
    }

    public async Task CloseReadersAsync()
    {
        foreach (var reader in _readers)
            await reader.DisposeAsync();

        _readers.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseReadersAsync();
        await Api.DisposeAsync();
    }

    public override string ToString() =>
        $"{_readers.Count} readers of {Name}: {string.Join(", ", _readers.GroupBy(one => one.Status).Select(group => $"{group.Key} x {group.Count()}"))}; "
        + $"ended by the server: {_readers.Count(one => one.EndedAfter is not null)}, the last after {_readers.Max(one => one.EndedAfter)}\n"
        + (Api.HasExited ? $"exited with {Api.ExitCode}: {string.Join('\n', Api.Lines.TakeLast(20))}" : MemoryOf(Api));

    private static byte[][] Joins(Attackers attackers, int number)
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

    /// <summary>
    /// Creates twenty accounts, each with a conversation with the same other user that contains twenty messages of 5,000 emoji.
    /// </summary>
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
                    $$"""{"conversationId":"{{conversationIds[^1]}}","content":"{{content}}"}""",
                    Encoding.UTF8,
                    new MediaTypeHeaderValue("application/json"))));
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
            new { email = $"{name}@example.com", password = ApiServer.Password, displayName = "Reader", role = role.ToString() },
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
        ", ",
        File.ReadLines($"/proc/{api.ProcessId}/status")
            .Where(line => line.StartsWith("VmHWM", StringComparison.Ordinal) || line.StartsWith("VmRSS", StringComparison.Ordinal)));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public sealed record Attackers(TestUser Common, IReadOnlyList<TestUser> Free, IReadOnlyList<Guid> ConversationIds);
}
