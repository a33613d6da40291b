using CleanMessaging.Tests.Support;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>Tests a rolling upgrade: servers of the old version work on a database that the new version has migrated.</summary>
public sealed class RollingUpgradeTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    /// <summary>
    /// PostgreSQL rejects a prepared statement whose result columns have changed, so no statement may select all columns with <c>*</c>.
    /// </summary>
    [Fact]
    public async Task EveryRequest_AfterColumnsWereAdded_WorksAsBefore()
    {
        // Few connections, so that prepared statements are reused.
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
