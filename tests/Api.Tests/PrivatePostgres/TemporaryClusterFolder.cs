using CleanMessaging.PrivatePostgres;
using Npgsql;

namespace CleanMessaging.Api.Tests.PrivatePostgres;

/// <summary>A folder for one test's cluster; disposing it stops a server that the test left behind.</summary>
internal sealed class TemporaryClusterFolder : IAsyncDisposable
{
    public static readonly IReadOnlyDictionary<string, string> FastSettings =
        new Dictionary<string, string> { ["fsync"] = "off", ["full_page_writes"] = "off", ["shared_buffers"] = "16MB" };

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName());

    /// <summary>The folder of the PostgreSQL version, once it exists.</summary>
    public string VersionFolder => Directory.GetDirectories(Path).ShouldHaveSingleItem();

    public string Data => System.IO.Path.Combine(VersionFolder, "data");

    public Task<PrivateCluster> StartAsync() => PrivateCluster.StartAsync(Path, FastSettings, TestContext.Current.CancellationToken);

    /// <summary>The process id of the server that runs in the folder, or null.</summary>
    public int? FindServer() => Postmaster.FindLive(Data)?.ProcessId;

    public static async Task<T> QueryAsync<T>(string connectionString, string sql)
    {
        // A pooled connection would outlive its server and fail the next test that gets the same port.
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
        await using var connection = new NpgsqlConnection(unpooled);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);

        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public static async Task ExecuteAsync(string connectionString, string sql) => await QueryAsync<object?>(connectionString, sql);

    public async ValueTask DisposeAsync()
    {
        if (!Directory.Exists(Path))
            return;

        if (Directory.GetDirectories(Path) is [var version] && Postmaster.FindLive(System.IO.Path.Combine(version, "data")) is not null)
            await (await PrivateCluster.StartAsync(Path, cancellationToken: CancellationToken.None)).DisposeAsync();

        Directory.Delete(Path, recursive: true);
    }
}
