using System.Globalization;
using System.Net;
using System.Text.Json;
using CleanMessaging.Hostile.Tests.Requests;
using CleanMessaging.Hostile.Tests.Wire;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Hostile.Tests;

/// <summary>
/// Starts a server for hostile requests, and other users who must not be affected. The tests of a class use it one after the other.
/// </summary>
public sealed class HostileServerFixture(TestPostgres postgres) : IAsyncLifetime
{
    /// <summary>High limits. Other tests cover the limits, which would hide other errors here.</summary>
    private static readonly Dictionary<string, string?> _settings = new()
    {
        ["OpenApi:Enabled"] = "true",
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:CleanMessaging"] = "Debug",
        ["Logging:Console:LogLevel:Default"] = "None",
        ["Limits:UserBurst"] = "1000000",
        ["Limits:AddressBurst"] = "1000000",
        ["Limits:SignInBurst"] = "1000000",
        ["Limits:MessageSearchBurst"] = "1000000",
        ["Limits:HubCallBurst"] = "1000000",
        ["Limits:WrongPasswordsPerAccountAndAddress"] = "100000",
        ["Limits:WrongPasswordsPerAddress"] = "100000",
        ["Limits:WrongPasswordsPerAccount"] = "100000",
    };

    /// <summary>The handshake time-out: shorter than in production, so that tests can wait for it.</summary>
    internal static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(2);

    private ApiServer? _server;
    private Cast? _cast;
    private ApiDescription? _description;
    private TestConnection? _bystander;

    public ApiServer Server => _server ?? throw NotStarted();

    public ApiDescription Description => _description ?? throw NotStarted();

    /// <summary>Every line that the application logs, from Debug level on.</summary>
    internal CapturedLogs Logs { get; } = new();

    internal Cast Cast => _cast ?? throw NotStarted();

    public async ValueTask InitializeAsync()
    {
        _server = await ApiServer.StartAsync(postgres, _settings, services: services =>
        {
            services.AddSingleton<ILoggerProvider>(Logs);
            services.Configure<HubOptions>(options => options.HandshakeTimeout = HandshakeTimeout);
        });
        using var client = _server.CreateClient();
        _description = new ApiDescription(JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json")).RootElement);
        _cast = await FormAsync(_server);
        (await _cast.Admin.PutAsync($"/api/admin/users/{_cast.OtherInvestor.Id}/quota", new { dailyFreeLimit = 1_000_000, pointsPerMessage = 0 }))
            .Expect(HttpStatusCode.OK);
        _bystander = await _cast.OtherStartup.ConnectAsync();
        await _bystander.JoinAsync(_cast.OtherConversationId);
    }

    internal async Task<WireAnswer?> SendAsync(WireRequest request)
    {
        await using var connection = new WireConnection(Server.Address);

        return await connection.SendUntilServedAsync(request.ToBytes());
    }

    internal Task<Sample> SampleOfAsync(DescribedOperation operation) => Cast.SampleOfAsync(Description, operation);

    internal async Task<Sample> SampleOfAsync(string operationId) =>
        await SampleOfAsync(Description.Operations.Single(operation => operation.Id == operationId));

    /// <summary>Sends every case. Fails with a list of all cases that got a wrong response, and if any case changed a row.</summary>
    internal async Task ShouldRejectAsync(IReadOnlyCollection<HostileCase> cases)
    {
        cases.Count.ShouldBeGreaterThan(2);
        var rows = await Server.CountsAsync();
        var faults = new List<string>();
        foreach (var (name, request, expected) in cases)
        {
            var answer = await SendAsync(request);
            if (answer?.Outcome != expected)
                faults.Add($"{request.Method} {request.Target}, {name}: {expected} expected, but was {answer?.ToString() ?? "nothing"}");
        }

        faults.ShouldBeEmpty();
        (await Server.CountsAsync()).ShouldBe(rows);
        await ShouldBeUnaffectedAsync();
    }

    /// <summary>Fails unless the server is healthy, has logged no error, and still delivers live events to well-behaved clients.</summary>
    internal async Task ShouldBeUnaffectedAsync()
    {
        var bystander = _bystander ?? throw NotStarted();
        var text = string.Create(CultureInfo.InvariantCulture, $"Still there {Logs.Lines.Count}");
        (await Cast.OtherInvestor.SendAsync(Cast.OtherConversationId, text)).Expect(HttpStatusCode.Created);
        await bystander.NextAsync("NewMessage", received => received.GetProperty("message").Content() == text);
        bystander.Hub.State.ShouldBe(HubConnectionState.Connected);
        Logs.Lines.Where(line => line.Level >= LogLevel.Error).ShouldBeEmpty();
        using var client = Server.CreateClient();
        (await client.GetAsync("/health/ready", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    public async ValueTask DisposeAsync()
    {
        if (_bystander is not null)
            await _bystander.DisposeAsync();
        if (_server is null)
            return;

        await _server.ShouldHoldNoTransactionAsync();
        await _server.DisposeAsync();
    }

    /// <summary>
    /// Creates the users. Retries, because on a busy machine the just-in-time compiler can make the first requests time out.
    /// </summary>
    private static async Task<Cast> FormAsync(ApiServer server)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await Cast.FormAsync(server);
            }
            catch (ShouldAssertException) when (attempt < 6)
            {
            }
        }
    }

    private static InvalidOperationException NotStarted() => new("The server is not started.");
}

/// <param name="Name">What makes the request invalid.</param>
/// <param name="Expected">
/// Status and code, as in <c>400 validation.failed</c>; only the status where the HTTP server itself rejects the request.
/// </param>
internal sealed record HostileCase(string Name, WireRequest Request, string Expected);
