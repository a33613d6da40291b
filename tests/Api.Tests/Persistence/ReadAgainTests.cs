using System.Net;
using CleanMessaging.Application.Storage;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>Tests that a read whose connection was lost runs again, so that its caller gets no error.</summary>
public sealed class ReadAgainTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const string TerminateConnections =
        """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'CleanMessaging'
        """;

    private readonly ApiServer _server = fixture.Server;

    [Theory]
    [InlineData("/api/conversations")]
    [InlineData("/api/messages?conversationId={0}")]
    [InlineData("/api/conversations/{0}/attachments")]
    [InlineData("/api/wallet")]
    [InlineData("/api/users?search=start")]
    public async Task Get_ConnectionsTerminated_IsReadOverANewConnection(string path)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var address = string.Format(null, path, conversationId);
        for (var use = 0; use < 3; use++)
            (await investor.GetAsync(address)).Expect(HttpStatusCode.OK);

        (await _server.QueryAsync<long>(TerminateConnections)).ShouldBeGreaterThan(0);

        (await investor.GetAsync(address)).Expect(HttpStatusCode.OK);
    }

    /// <summary>
    /// Tests a defect of Npgsql 10.0.3: a statement that fails in its Bind while it is prepared automatically breaks the connection at its
    /// next use.
    /// </summary>
    [Fact]
    public async Task Read_OfAStatementThatFailedWhileItWasPrepared_IsReadOverANewConnection()
    {
        var attempts = 0;
        await using var scope = _server.Services.CreateAsyncScope();
        var requests = PersistenceRegistration.ForRequests(new DatabaseConnections(_server.ConnectionString));
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(requests) { MaxPoolSize = 1 });
        var unitOfWork = scope.ServiceProvider.GetRequiredService<IUnitOfWork>();
        (await DivideByAsync(1)).ShouldBe(1);
        (await Should.ThrowAsync<PostgresException>(() => DivideByAsync(0))).SqlState.ShouldBe(PostgresErrorCodes.DivisionByZero);
        attempts = 0;

        (await DivideByAsync(1)).ShouldBe(1);

        attempts.ShouldBe(2, "The driver no longer has the defect.");

        Task<int> DivideByAsync(int divisor) => unitOfWork.ReadAsync(
            async () =>
            {
                attempts++;
                await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
                await using var command = new NpgsqlCommand("SELECT 1 / $1", connection);
                command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = divisor });

                return (int)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
            },
            TestContext.Current.CancellationToken);
    }
}
