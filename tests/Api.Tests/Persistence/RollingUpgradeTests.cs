using CleanMessaging.Tests.Support;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>While servers are replaced one after the other, the old ones work on a database that a new one has migrated.</summary>
public sealed class RollingUpgradeTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    /// <summary>PostgreSQL rejects a prepared statement whose columns have become others: none of ours may say that it wants all there are.</summary>
    [Fact]
    public async Task EveryRequest_AfterColumnsWereAdded_WorksAsBefore()
    {
        // Few connections, so that what is prepared is used again.
        await using var newer = await fixture.StartAnotherAsync(new Dictionary<string, string?>());
        var few = new NpgsqlConnectionStringBuilder(newer.ConnectionString) { MaxPoolSize = 2 };
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), connectionString: few.ConnectionString);
        foreach (var _ in Enumerable.Range(0, 4))
            await EveryRequest.MakeAsync(server);

        await server.ExecuteAsync(
            """
            DO $$ DECLARE of_ours text; BEGIN
                FOR of_ours IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
                    EXECUTE format('ALTER TABLE %I ADD COLUMN of_the_next_version integer', of_ours);
                END LOOP;
            END $$
            """);

        foreach (var _ in Enumerable.Range(0, 2))
            await EveryRequest.MakeAsync(server);
    }
}
