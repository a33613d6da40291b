using System.Text.RegularExpressions;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Tests.Support;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

public sealed partial class MigrationTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// Tests that the compiled model matches the mappings. A changed mapping needs a new migration and compiled model; CONTRIBUTING.md has
    /// the commands.
    /// </summary>
    [Fact]
    public async Task CompiledModel_Always_IsThatOfTheMappings()
    {
        await using var scope = fixture.Server.Services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<MessagingDbContext>();

        var compiled = context.Model;
        var mapped = (IModel)context.GetService<IDesignTimeModel>().Model.FindRuntimeAnnotationValue("ReadOnlyModel")!;

        compiled.ShouldBeAssignableTo<RuntimeModel>();
        Describe(compiled).ShouldBe(Describe(mapped));
    }

    [Fact]
    public async Task Run_OfAServerWhoseRoleMayNotChangeTheSchema_GoesOnWithWhatIsThere()
    {
        var role = $"user_{Guid.CreateVersion7():N}";
        await fixture.Server.ExecuteAsync(
            $"CREATE ROLE {role} LOGIN PASSWORD '{role}'; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}");
        try
        {
            var limited =
                new NpgsqlConnectionStringBuilder(fixture.Server.ConnectionString) { Username = role, Password = role, Pooling = false };
            await DatabaseMigration.RunAsync(limited.ConnectionString, Token);

            await using var server = await fixture.StartAnotherAsync(
                new Dictionary<string, string?>(), connectionString: limited.ConnectionString);
            await EveryRequest.MakeAsync(server);
        }
        finally
        {
            await fixture.Server.ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_OfSeveralServersAtOnce_MigratesOnce(bool isThere)
    {
        var name = $"several_{Guid.CreateVersion7():N}";
        var database = new NpgsqlConnectionStringBuilder(fixture.Server.ConnectionString) { Database = name, Pooling = false };
        if (isThere)
            await fixture.Server.ExecuteAsync($"CREATE DATABASE {name}");
        try
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => DatabaseMigration.RunAsync(database.ConnectionString, Token)));

            await using var server = await fixture.StartAnotherAsync(
                new Dictionary<string, string?>(), connectionString: database.ConnectionString);
            await server.RegisterPairAsync();
        }
        finally
        {
            await fixture.Server.ExecuteAsync($"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        }
    }

    private static string Describe(IModel model) =>
        AddedByQueries().Replace(model.ToDebugString(MetadataDebugStringOptions.LongDefault), "");

    /// <summary>Matches the ad-hoc entity types that EF Core adds to the model for the result types of SQL queries.</summary>
    [GeneratedRegex(@"\n {2}Ad-hoc entity types:\s*(\n {4}.*)+")]
    private static partial Regex AddedByQueries();
}
