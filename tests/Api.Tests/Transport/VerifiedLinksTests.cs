using System.Security.Authentication;
using CleanMessaging.Api.Tests.Startup;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Infrastructure.Realtime.Backplane;
using CleanMessaging.Infrastructure.Transport;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Hosting;
using Npgsql;
using StackExchange.Redis;

namespace CleanMessaging.Api.Tests.Transport;

/// <summary>Tests with real servers and certificates that a link with TLS verifies who answers.</summary>
public sealed class VerifiedLinksTests(TestPostgres plainPostgres) : IDisposable
{
    private const string NoRedis = "There is no redis-server on this machine (Debian: apt-get install redis-server).";

    private readonly TestAuthority _trusted = new();
    private readonly TestAuthority _other = new();

    public void Dispose()
    {
        _trusted.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task Postgres_WithVerifyFull_IsAcceptedOnlyWithAValidCertificateOfTheCaForTheName()
    {
        var right = _trusted.Issue("localhost");
        await using var postgres = await TlsPostgres.StartAsync(right);
        var byName = postgres.ConnectionStringFor("postgres", "localhost", _trusted.RootFile);
        var byAddress = postgres.ConnectionStringFor("postgres", "127.0.0.1", _trusted.RootFile);

        await ConnectToPostgresAsync(byName);
        await ConnectToPostgresAsync(byAddress);
        await RejectsAsync(postgres.ConnectionStringFor("postgres", "localhost", _other.RootFile));
        foreach (var wrong in new[] { _other.Issue("localhost"), _trusted.Issue("other.example"), _trusted.Issue("localhost", isExpired: true) })
        {
            await postgres.PresentAsync(wrong);
            await RejectsAsync(byName);
            await RejectsAsync(byAddress);
        }

        await postgres.PresentAsync(right);
        await ConnectToPostgresAsync(byName);

        static async Task RejectsAsync(string connectionString) =>
            (await Should.ThrowAsync<NpgsqlException>(() => ConnectToPostgresAsync(connectionString)))
                .InnerException.ShouldBeOfType<AuthenticationException>();
    }

    [Fact]
    public async Task Postgres_WithoutTls_IsRejected()
    {
        var plain = new NpgsqlConnectionStringBuilder(await plainPostgres.CreateDatabaseAsync())
        {
            SslMode = SslMode.VerifyFull,
            RootCertificate = _trusted.RootFile,
        };

        (await Should.ThrowAsync<NpgsqlException>(() => ConnectToPostgresAsync(plain.ConnectionString))).Message.ShouldContain("SSL");
    }

    [Fact]
    public async Task Start_WithAnUnknownCaOfPostgres_IsRejectedWithTheReason()
    {
        await using var postgres = await TlsPostgres.StartAsync(_other.Issue("localhost"));

        var output = await StartRejectionTests.RunInAsync(
            Environments.Production, postgres.ConnectionStringFor("postgres", "localhost", _trusted.RootFile), ApiServer.SigningKey);

        output.ShouldContain("Its certificate must be valid, be for the host name, and come from a trusted CA");
    }

    [Fact(Skip = NoRedis, SkipUnless = nameof(RedisServer.IsInstalled), SkipType = typeof(RedisServer))]
    public async Task Redis_WithARootCertificate_IsAcceptedOnlyWithAValidCertificateOfTheCaForTheName()
    {
        await using var right = await RedisServer.StartNewAsync(_trusted.Issue("localhost"));
        await ConnectToRedisAsync($"localhost:{right.Port},ssl=true", _trusted);
        await ConnectToRedisAsync($"127.0.0.1:{right.Port},ssl=true", _trusted);
        await ConnectToRedisAsync($"127.0.0.1:{right.Port},ssl=true,sslHost=localhost,sslProtocols=tls13", _trusted);
        await RejectsAsync($"localhost:{right.Port},ssl=true,sslHost=other.example", _trusted);
        await RejectsAsync($"localhost:{right.Port},ssl=true", _other);
        await RejectsAsync($"localhost:{right.Port},ssl=true", authority: null);

        await using var named = await RedisServer.StartNewAsync(_trusted.Issue("other.example"));
        await ConnectToRedisAsync($"localhost:{named.Port},ssl=true,sslHost=other.example", _trusted);
        await RejectsAsync($"localhost:{named.Port},ssl=true", _trusted);
        await RejectsAsync($"127.0.0.1:{named.Port},ssl=true", _trusted);

        await using var expired = await RedisServer.StartNewAsync(_trusted.Issue("localhost", isExpired: true));
        await RejectsAsync($"localhost:{expired.Port},ssl=true", _trusted);

        await using var plain = await RedisServer.StartNewAsync();
        await RejectsAsync($"localhost:{plain.Port},ssl=true", _trusted);
    }

    /// <summary>Tests that the variable of StackExchange.Redis adds no CA to the configured ones.</summary>
    [Fact(Skip = NoRedis, SkipUnless = nameof(RedisServer.IsInstalled), SkipType = typeof(RedisServer))]
    public async Task Redis_WithARootCertificateAndTheVariableOfTheClient_IsAcceptedOnlyFromTheConfiguredCa()
    {
        const string Variable = "SERedis_IssuerCertPath";
        await using var redis = await RedisServer.StartNewAsync(_other.Issue("localhost"));
        Environment.SetEnvironmentVariable(Variable, _other.RootFile);
        try
        {
            await ConnectToRedisAsync($"localhost:{redis.Port},ssl=true", authority: null);
            await RejectsAsync($"localhost:{redis.Port},ssl=true", _trusted);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    [Fact(Skip = NoRedis, SkipUnless = nameof(RedisServer.IsInstalled), SkipType = typeof(RedisServer))]
    public async Task Message_BetweenTwoServersThatRequireTls_TravelsOverVerifiedLinksOnly()
    {
        await using var postgres = await TlsPostgres.StartAsync(_trusted.Issue("localhost"));
        await using var redis = await RedisServer.StartNewAsync(_trusted.Issue("localhost"));
        var connectionString = postgres.ConnectionStringFor("messaging", "localhost", _trusted.RootFile);
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings:Redis"] = $"localhost:{redis.Port},ssl=true",
            ["Transport:RequireTls"] = "true",
            ["Transport:RedisRootCertificate"] = _trusted.RootFile,
        };
        await using var one = await ApiServer.StartAsync(plainPostgres, settings, connectionString);
        await using var other = await ApiServer.StartAsync(plainPostgres, settings, connectionString);
        var (investor, startup, conversationId) = await one.RegisterPairAsync();
        await using var connection = await other.As(startup).ConnectAsync();
        await connection.JoinAsync(conversationId);
        await BeConnectedAsync(one);
        await BeConnectedAsync(other);

        (await investor.SendAsync(conversationId, "Over two verified links")).Expect(System.Net.HttpStatusCode.Created);

        (await connection.NextAsync("NewMessage")).GetProperty("message").GetProperty("content").GetString().ShouldBe("Over two verified links");
        (await one.QueryAsync<long>("SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name LIKE 'CleanMessaging%' AND ssl"))
            .ShouldBeGreaterThan(1);
        (await one.QueryAsync<long>("SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE client_addr IS NOT NULL AND NOT ssl"))
            .ShouldBe(0);

        static Task BeConnectedAsync(ApiServer server) => Eventually.TrueAsync(
            async () =>
            {
                using var client = server.CreateClient();

                return (await client.GetStringAsync("/health/ready", TestContext.Current.CancellationToken)).Contains("\"redis\":\"Healthy\"", StringComparison.Ordinal);
            },
            "The server does not reach Redis.");
    }

    private static async Task ConnectToPostgresAsync(string connectionString)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(PersistenceRegistration.ForRequests(new DatabaseConnections(connectionString))) { Pooling = false };
        await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", connection);
        ((bool)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!).ShouldBeTrue();
    }

    private static async Task ConnectToRedisAsync(string configuration, TestAuthority? authority)
    {
        var options = BackplaneRegistration.WithLimits(ConfigurationOptions.Parse(configuration))
            .WithRoot(new TransportOptions { RedisRootCertificate = authority?.RootFile });
        await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
        await connection.GetSubscriber().PublishAsync(RedisChannel.Literal("test"), "message");
    }

    private static async Task RejectsAsync(string configuration, TestAuthority? authority) =>
        await Should.ThrowAsync<RedisConnectionException>(() => ConnectToRedisAsync(configuration, authority), configuration);
}
