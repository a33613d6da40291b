using System.Net;
using System.Net.Sockets;
using CleanMessaging.PrivatePostgres;
using CleanMessaging.Tests.Support;
using Npgsql;

namespace CleanMessaging.Api.Tests.PrivatePostgres;

public sealed class PrivateClusterTests : IAsyncDisposable
{
    private readonly TemporaryClusterFolder _folder = new();

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task StartAsync_AfterDispose_HasSameData()
    {
        await using (var first = await _folder.StartAsync())
            await TemporaryClusterFolder.ExecuteAsync(first.ConnectionStringFor("postgres"), "create table kept as select 42 as value");
        _folder.FindServer().ShouldBeNull();

        await using var second = await _folder.StartAsync();

        (await TemporaryClusterFolder.QueryAsync<int>(second.ConnectionStringFor("postgres"), "select value from kept")).ShouldBe(42);
        second.IsShared.ShouldBeFalse();
    }

    [Fact]
    public async Task StartAsync_WhileOtherProcessUsesCluster_SharesItAndLeavesItRunning()
    {
        var other = await OtherProcess.StartAsync(_folder.Path);

        try
        {
            var server = _folder.FindServer().ShouldNotBeNull();

            await using (var cluster = await _folder.StartAsync())
                cluster.IsShared.ShouldBeTrue();

            _folder.FindServer().ShouldBe(server);
        }
        finally
        {
            OtherProcess.Kill(other);
        }
    }

    [Fact]
    public async Task StartAsync_AfterOwnerWasKilled_TakesServerOverAndStopsItInTheEnd()
    {
        OtherProcess.Kill(await OtherProcess.StartAsync(_folder.Path));
        var server = _folder.FindServer().ShouldNotBeNull();
        var settings = new Dictionary<string, string> { ["work_mem"] = "7MB" };

        var cluster = await PrivateCluster.StartAsync(_folder.Path, settings, TestContext.Current.CancellationToken);

        await using (cluster)
        {
            _folder.FindServer().ShouldBe(server);
            cluster.IsShared.ShouldBeFalse();
            await EventuallyAsync(async () =>
                await TemporaryClusterFolder.QueryAsync<string>(cluster.ConnectionStringFor("postgres"), "show work_mem") == "7MB");
        }

        _folder.FindServer().ShouldBeNull();
    }

    [Fact]
    public async Task DisposeAsync_WithAnotherUserInSameProcess_StopsServerOnlyForTheLast()
    {
        var first = await _folder.StartAsync();
        var second = await _folder.StartAsync();
        second.ConnectionStringFor("postgres").ShouldBe(first.ConnectionStringFor("postgres"));
        (first.IsShared, second.IsShared).ShouldBe((false, true));

        await first.DisposeAsync();
        await first.DisposeAsync();
        (await TemporaryClusterFolder.QueryAsync<int>(second.ConnectionStringFor("postgres"), "select 1")).ShouldBe(1);
        (first.HasStopped, second.HasStopped).ShouldBe((false, false));

        await second.DisposeAsync();
        _folder.FindServer().ShouldBeNull();
        (first.HasStopped, second.HasStopped).ShouldBe((false, true));
    }

    [Fact]
    public async Task StartAsync_ByManyAtOnce_MakesOneServer()
    {
        var clusters = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => _folder.StartAsync()));

        clusters.Select(cluster => cluster.ConnectionStringFor("postgres")).Distinct().ShouldHaveSingleItem();
        clusters.Count(cluster => !cluster.IsShared).ShouldBe(1);

        await Task.WhenAll(clusters.Select(cluster => cluster.DisposeAsync().AsTask()));
        _folder.FindServer().ShouldBeNull();
    }

    [LongFact]
    public async Task StartAsync_AfterInitdbWasKilled_CreatesTheClusterAgain()
    {
        await (await _folder.StartAsync()).DisposeAsync();
        File.Delete(Path.Combine(_folder.Data, "PG_VERSION"));
        var unfinished = Directory.CreateDirectory(Path.Combine(_folder.VersionFolder, "data.unfinished-0123abcd")).FullName;
        await File.WriteAllTextAsync(Path.Combine(unfinished, "PG_VERSION"), "15", TestContext.Current.CancellationToken);

        await using var cluster = await _folder.StartAsync();

        (await TemporaryClusterFolder.QueryAsync<int>(cluster.ConnectionStringFor("postgres"), "select 1")).ShouldBe(1);
        Directory.Exists(unfinished).ShouldBeFalse();
    }

    [Fact]
    public async Task StartAsync_WithPortLostToAnother_TakesNextPort()
    {
        using var another = new TcpListener(IPAddress.Loopback, 0);
        another.Start();
        var taken = ((IPEndPoint)another.LocalEndpoint).Port;
        var free = ClusterServer.FreePort();
        var ports = new Queue<int>([taken, free]);

        await using var cluster = await PrivateCluster.StartAsync(
            _folder.Path, TemporaryClusterFolder.FastSettings, ports.Dequeue, TestContext.Current.CancellationToken);

        new NpgsqlConnectionStringBuilder(cluster.ConnectionStringFor("postgres")).Port.ShouldBe(free);
    }

    [Fact]
    public async Task StartAsync_WithSettingThatServerRejects_FailsWithTheServersWords()
    {
        var settings = new Dictionary<string, string>(TemporaryClusterFolder.FastSettings) { ["work_mem"] = "it's much" };

        var start = () => PrivateCluster.StartAsync(_folder.Path, settings, TestContext.Current.CancellationToken);

        var message = (await start.ShouldThrowAsync<InvalidOperationException>()).Message;
        message.ShouldContain("invalid value for parameter \"work_mem\": \"it's much\"");
        _folder.FindServer().ShouldBeNull();
    }

    [Fact]
    public async Task StartAsync_WithSettingThatOpensTheServer_IsRejected()
    {
        var start = () => PrivateCluster.StartAsync(
            _folder.Path, new Dictionary<string, string> { ["Listen_Addresses"] = "*" }, TestContext.Current.CancellationToken);

        await start.ShouldThrowAsync<ArgumentException>();
        Directory.Exists(_folder.Path).ShouldBeFalse();
    }

    [Fact]
    public async Task StartAsync_CanceledWhileServerStarts_LeavesNoServer()
    {
        await (await _folder.StartAsync()).DisposeAsync();

        // Recovery waits for its first WAL segment: the server runs and does not become ready.
        await File.WriteAllTextAsync(Path.Combine(_folder.Data, "recovery.signal"), "", TestContext.Current.CancellationToken);
        var settings = new Dictionary<string, string>(TemporaryClusterFolder.FastSettings) { ["restore_command"] = "sleep 60; false" };
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var start = PrivateCluster.StartAsync(_folder.Path, settings, cancellation.Token);
        await EventuallyAsync(() => Task.FromResult(_folder.FindServer() is not null));
        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(start);
        _folder.FindServer().ShouldBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    public void DefaultFolder_WithNameThatIsNoFolderName_IsRejected(string name) =>
        Should.Throw<ArgumentException>(() => PrivateCluster.DefaultFolder(name));

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));

        while (!await condition())
            await Task.Delay(20, deadline.Token);
    }
}
