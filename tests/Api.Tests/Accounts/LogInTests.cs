using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CleanMessaging.Api.Tests.Accounts;

public sealed class LogInTests(TestPostgres postgres, ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task LogIn_WithThePassword_SignsInInAnyCaseOfTheEmail()
    {
        var user = await _server.RegisterInvestorAsync();

        var session = await LogInAsync(_server, user.Email.ToUpperInvariant(), ApiServer.Password);

        session.Expect(HttpStatusCode.OK).Data.GetProperty("user").GetProperty("id").GetGuid().ShouldBe(user.Id);
    }

    [Fact]
    public async Task LogIn_WithWrongPasswordOrUnknownAccount_GetsOneAnswer()
    {
        var user = await _server.RegisterInvestorAsync();

        var wrong = await LogInAsync(_server, user.Email, "not the password");
        var unknown = await LogInAsync(_server, "nobody@example.com", "not the password");

        wrong.ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_credentials");
        unknown.Expect(HttpStatusCode.Unauthorized);
        unknown.WithoutTrace().ShouldBe(wrong.WithoutTrace());
    }

    [LongFact]
    public async Task LogIn_WithProductionSettings_HashesAsSlowlyForAnUnknownAccount()
    {
        await using var server = await ApiServer.StartAsync(postgres, services: WithoutReducedIterations);
        var user = await server.RegisterInvestorAsync();

        var hash = Convert.FromBase64String(await server.QueryAsync<string>($"SELECT password_hash FROM users WHERE id = '{user.Id}'"));
        var wrong = TimeSpan.MaxValue;
        var unknown = TimeSpan.MaxValue;

        // The requests alternate, and the fastest of each kind counts: other load on the machine affects both kinds.
        for (var attempt = 0; attempt < 10; attempt++)
        {
            wrong = Least(wrong, await TimeAsync(() => LogInAsync(server, user.Email, "not the password")));
            unknown = Least(unknown, await TimeAsync(() => LogInAsync(server, "nobody@example.com", "not the password")));
        }

        hash[0].ShouldBe((byte)1, "the format of ASP.NET Core Identity, version 3");
        BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(1)).ShouldBe(2u, "HMAC-SHA-512");
        BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(5)).ShouldBeGreaterThanOrEqualTo(210_000u);
        unknown.ShouldBeGreaterThan(wrong / 2);
        wrong.ShouldBeGreaterThan(unknown / 2);
    }

    [Fact]
    public async Task LogIn_AfterMessagesHaveExpired_FlagsAndCountsThem()
    {
        Assert.SkipWhen(EncryptedRun.IsOn, EncryptedRun.NeedsPlainTexts);
        await using var server = await ApiServer.StartAsync(postgres);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        foreach (var number in Enumerable.Range(1, 3))
            (await investor.SendExpiringAsync(conversationId, $"Short {number}", 1)).Expect(HttpStatusCode.Created);

        (await investor.SendExpiringAsync(conversationId, "Longer", 3)).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(conversationId, "For ever")).Expect(HttpStatusCode.Created);
        (await ExpiredMessagesAsync(server, investor.Email)).ShouldBe(0);

        server.Clock.Shift(TimeSpan.FromHours(2));

        (await FlaggedAsync(server, investor.Email)).ShouldBe(3);
        (await ExpiredMessagesAsync(server, investor.Email)).ShouldBe(0);
        (await server.QueryAsync<string>("SELECT string_agg(content, ', ' ORDER BY sequence) FROM messages WHERE is_expired"))
            .ShouldBe("Short 1, Short 2, Short 3");
    }

    [Fact]
    public async Task LogIn_WithMoreThan500Expired_FlagsTheOldest500AndThenTheRest()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, 501, expiresAt: "now() - n * interval '1 minute'");

        (await FlaggedAsync(server, investor.Email)).ShouldBe(500);
        (await server.QueryAsync<long>("SELECT sequence FROM messages WHERE NOT is_expired")).ShouldBe(1, "the one that expired last");
        (await FlaggedAsync(server, investor.Email)).ShouldBe(1);
        (await ExpiredMessagesAsync(server, investor.Email)).ShouldBe(0);
    }

    [Fact]
    public async Task LogIn_WhileTheMessagesAreLocked_SucceedsInTimeWithoutFlagging()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, 3, expiresAt: "now() - interval '1 minute'");
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var command = new NpgsqlCommand("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE", connection, transaction))
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var started = Stopwatch.GetTimestamp();
        var expiredMessages = await ExpiredMessagesAsync(server, investor.Email);

        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(2));
        expiredMessages.ShouldBe(0);
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        (await FlaggedAsync(server, investor.Email)).ShouldBe(3);
    }

    /// <summary>Tests that no log-in waits for the database calls of another one.</summary>
    [LongFact]
    public async Task LogIn_ManyWhileTheAccountsAreLocked_AreAllAnsweredInTime()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?> { ["Limits:PasswordsAtATime"] = "1" });
        var users = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => server.RegisterInvestorAsync()));
        await using var holder = await LockHolder.HoldAsync(server, "LOCK TABLE users IN ACCESS EXCLUSIVE MODE");

        var started = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(users.Select(user => LogInAsync(server, user.Email, ApiServer.Password)));

        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(6));
        foreach (var answer in answers)
            answer.ExpectError(HttpStatusCode.ServiceUnavailable, "storage.unavailable");
    }

    [Theory]
    [InlineData("no hash")]
    [InlineData("")]
    [InlineData("AQAAAAI=")]
    public async Task LogIn_WithADamagedHash_IsAnsweredAsWithAWrongPassword(string hash)
    {
        var user = await _server.RegisterInvestorAsync();
        await _server.ExecuteAsync($"UPDATE users SET password_hash = '{hash}' WHERE id = '{user.Id}'");

        (await LogInAsync(_server, user.Email, ApiServer.Password)).ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_credentials");
    }

    [Fact]
    public async Task LogIn_WhileSomeRowsAreLocked_FlagsTheOthers()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, 3, expiresAt: "now() - interval '1 minute'");
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var command = new NpgsqlCommand("SELECT 1 FROM messages WHERE sequence = 2 FOR UPDATE", connection, transaction))
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        (await FlaggedAsync(server, investor.Email)).ShouldBe(2);
    }

    [Fact]
    public async Task LogIn_FlaggingExpiredMessages_ChangesNothingThatAnybodySees()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, 6, expiresAt: "CASE WHEN n % 2 = 0 THEN now() - interval '1 minute' END");
        var before = await SeenByAsync(startup, conversationId);

        (await FlaggedAsync(server, investor.Email)).ShouldBe(3);

        (await SeenByAsync(startup, conversationId)).ShouldBe(before);
        before.ShouldContain("Filled 5");
        before.ShouldNotContain("Filled 6");
    }

    [Fact]
    public async Task LogIn_WithSessionsLongOver_RemovesTheOldest100AndNoOthers()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var user = await server.RegisterInvestorAsync();
        var sessions =
            $"INSERT INTO sessions (id, user_id, token_hash, created_at, expires_at) SELECT gen_random_uuid(), '{user.Id}', '\\x00'";
        await server.ExecuteAsync(
            $"{sessions}, now(), now() - interval '30 days' - n * interval '1 minute' FROM generate_series(1, 101) AS n");
        await server.ExecuteAsync($"{sessions}, now(), now() - interval '29 days'");

        (await LogInAsync(server, user.Email, ApiServer.Password)).Expect(HttpStatusCode.OK);
        (await server.QueryAsync<long>("SELECT count(*) FROM sessions WHERE expires_at < now() - interval '30 days'"))
            .ShouldBe(1, "the one over last");
        (await LogInAsync(server, user.Email, ApiServer.Password)).Expect(HttpStatusCode.OK);

        (await server.QueryAsync<long>("SELECT count(*) FROM sessions"))
            .ShouldBe(4, "of the registration, of two log-ins, and the one of 29 days ago");
    }

    [Fact]
    public async Task LogIn_WhileASessionLongOverIsLocked_PassesOverIt()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var user = await server.RegisterInvestorAsync();
        await server.ExecuteAsync("UPDATE sessions SET expires_at = now() - interval '31 days'");
        await using var holder = await LockHolder.HoldAsync(server, "SELECT 1 FROM sessions FOR UPDATE");

        (await LogInAsync(server, user.Email, ApiServer.Password)).Expect(HttpStatusCode.OK);

        (await server.QueryAsync<long>("SELECT count(*) FROM sessions")).ShouldBe(2);
    }

    /// <summary>Tests that a canceled request is not logged as a failure of the clean-up.</summary>
    [Fact]
    public async Task CleanUp_WhoseCallerHasLeft_FlagsNothingAndLogsNothing()
    {
        using var logs = new CapturedLogs();
        await using var server = await ApiServer.StartAsync(postgres, services: logs.AddTo);
        await using var scope = server.Services.CreateAsyncScope();
        var messages = scope.ServiceProvider.GetRequiredService<IMessageRepository>();

        (await messages.FlagExpiredAsync(500, server.Clock.GetUtcNow(), new CancellationToken(canceled: true))).ShouldBe(0);

        logs.Lines.Where(line => line.Text.Contains("Flagging expired messages was skipped", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public async Task LogIn_AccessToken_EndsAtItsVeryInstant()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        server.Clock.FreezeAt(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));
        var user = await server.CreateWithPointsAsync(UserRole.Investor, 1);
        var session = await LogInAsync(server, user.Email, ApiServer.Password);
        var expiresAt = session.Data.Instant("expiresAt");
        expiresAt.ShouldBe(server.Clock.GetUtcNow().AddMinutes(15));
        var caller = server.SignedIn(session);

        server.Clock.FreezeAt(expiresAt.AddMicroseconds(-1));
        (await caller.GetAsync("/api/wallet")).Expect(HttpStatusCode.OK);

        server.Clock.FreezeAt(expiresAt);
        (await caller.GetAsync("/api/wallet")).ExpectError(HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    private static Task<Answer> LogInAsync(ApiServer server, string email, string password) =>
        server.PostAsync("/api/auth/login", new { email, password });

    private static async Task<int> ExpiredMessagesAsync(ApiServer server, string email) =>
        (await LogInAsync(server, email, ApiServer.Password)).Expect(HttpStatusCode.OK).Data.GetProperty("expiredMessages").GetInt32();

    /// <summary>
    /// Returns the count of the first log-in that flagged expired messages. On a busy machine a log-in may time out before it flags any.
    /// </summary>
    private static async Task<int> FlaggedAsync(ApiServer server, string email)
    {
        for (var attempt = 1; attempt <= 20; attempt++)
        {
            if (await ExpiredMessagesAsync(server, email) is var flagged and > 0)
                return flagged;
        }

        return 0;
    }

    private static async Task<string> SeenByAsync(TestUser viewer, Guid conversationId) =>
        string.Join(
            '\n',
            (await viewer.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK).Text,
            (await viewer.GetAsync("/api/conversations")).Expect(HttpStatusCode.OK).Text,
            (await viewer.GetAsync($"/api/conversations/{conversationId}")).Expect(HttpStatusCode.OK).Text);

    /// <summary>Tests that a raised iteration count is applied to a user's password hash at the next log-in.</summary>
    [Fact]
    public async Task LogIn_WithAHashOfFewerIterations_StoresOneOfTodaysNumber()
    {
        var user = await _server.RegisterInvestorAsync();
        await using var raised = await ApiServer.StartAsync(
            postgres,
            connectionString: _server.ConnectionString,
            services: services => services.Configure<PasswordHasherOptions>(options => options.IterationCount = 3000));
        (await IterationsAsync()).ShouldBe(1000u);

        (await LogInAsync(raised, user.Email, "not the password")).Expect(HttpStatusCode.Unauthorized);
        (await IterationsAsync()).ShouldBe(1000u);

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => LogInAsync(raised, user.Email, ApiServer.Password)));

        foreach (var answer in answers)
            answer.Expect(HttpStatusCode.OK);
        (await IterationsAsync()).ShouldBe(3000u);
        await user.ShouldBeInAsync();
        (await _server.RefreshAsync(user)).Expect(HttpStatusCode.OK);

        // A server that still has the lower iteration count keeps the stronger hash.
        (await LogInAsync(_server, user.Email, ApiServer.Password)).Expect(HttpStatusCode.OK);
        (await IterationsAsync()).ShouldBe(3000u);

        async Task<uint> IterationsAsync() => BinaryPrimitives.ReadUInt32BigEndian(
            Convert.FromBase64String(await _server.QueryAsync<string>($"SELECT password_hash FROM users WHERE id = '{user.Id}'"))
                .AsSpan(5));
    }

    private static async Task<TimeSpan> TimeAsync(Func<Task<Answer>> logIn)
    {
        var started = Stopwatch.GetTimestamp();
        (await logIn()).Expect(HttpStatusCode.Unauthorized);

        return Stopwatch.GetElapsedTime(started);
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>Removes the reduced iteration count that <see cref="ApiServer"/> configures to make tests fast.</summary>
    private static void WithoutReducedIterations(IServiceCollection services) =>
        services.Remove(services.Last(service => service.ServiceType == typeof(IConfigureOptions<PasswordHasherOptions>))).ShouldBeTrue();
}
