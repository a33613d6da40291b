using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests;

public sealed class ApiProcessTests(FaultPostgres postgres)
{
    // Runs with no other test, because it stops the shared PostgreSQL.
    [LongFact(DisableParallelization = true)]
    public async Task Restart_OfServerAndDatabase_KeepsAddressAndData()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await using var api = await ApiProcess.StartAsync(connectionString);

        await api.KillAsync();
        await postgres.StopImmediatelyAsync();
        await postgres.StartAgainAsync();
        await api.StartAgainAsync();

        using var client = api.CreateClient();
        using var answer = await client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
