using CleanMessaging.PrivatePostgres;

namespace CleanMessaging.Api.Tests.PrivatePostgres;

/// <summary>One running cluster, shared by the tests that do not change it.</summary>
public sealed class RunningCluster : IAsyncLifetime
{
    private readonly TemporaryClusterFolder _folder = new();
    private PrivateCluster? _cluster;

    public string VersionFolder => _folder.VersionFolder;

    public string ConnectionString => _cluster!.ConnectionStringFor("postgres");

    public async ValueTask InitializeAsync() => _cluster = await _folder.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();

        await _folder.DisposeAsync();
    }
}
