using System.Net;
using System.Net.NetworkInformation;
using Npgsql;

namespace CleanMessaging.Api.Tests.PrivatePostgres;

public sealed class RunningClusterTests(RunningCluster cluster) : IClassFixture<RunningCluster>
{
    [Fact]
    public async Task StartAsync_Always_ListensOnLoopbackOnly()
    {
        var port = new NpgsqlConnectionStringBuilder(cluster.ConnectionString).Port;

        var addresses = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Where(listener => listener.Port == port);

        addresses.ShouldHaveSingleItem().Address.ShouldBe(IPAddress.Loopback);
        (await QueryAsync<string>("show unix_socket_directories")).ShouldBe("");
    }

    [Fact]
    public async Task StartAsync_Always_AsksForThePassword()
    {
        var wrong = new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Password = "wrong" }.ConnectionString;

        var connect = () => TemporaryClusterFolder.QueryAsync<int>(wrong, "select 1");

        (await connect.ShouldThrowAsync<PostgresException>()).SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);
        (await QueryAsync<string>("select string_agg(distinct auth_method, ',') from pg_hba_file_rules")).ShouldBe("scram-sha-256");
    }

    [Fact]
    public void StartAsync_Always_KeepsPasswordAndDataFromOthers()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes: the folder's access list decides.");

        RightsOfOthers("password").ShouldBe(UnixFileMode.None);
        RightsOfOthers("server.log").ShouldBe(UnixFileMode.None);
        RightsOfOthers("data").ShouldBe(UnixFileMode.None);
    }

    [Fact]
    public async Task StartAsync_Always_SortsByCodePoint()
    {
        var sorted = await QueryAsync<string>(
            "select string_agg(word, ' ' order by word) from unnest(array['ä', 'b', 'a', 'B', 'ab', 'a c']) word");

        sorted.ShouldBe("B a a c ab b ä");
        (await QueryAsync<string>("show server_encoding")).ShouldBe("UTF8");
    }

    [Fact]
    public async Task StartAsync_Always_KeepsTextsOutOfTheLog()
    {
        string[] failing =
        [
            "create temp table texts (text text check (length(text) > 100)); insert into texts values ('very private 1')",
            "create temp table texts (text text unique); insert into texts values ('very private 2'), ('very private 2')",
            "select 'very private 3'::integer",
            "selekt 'very private 4'",
            "do $$ begin raise warning 'very private 5'; end $$; select 1/0",
        ];

        foreach (var sql in failing)
            await Should.ThrowAsync<PostgresException>(() => QueryAsync<int>(sql));

        // A backend writes to the log before it responds, so the log is complete now.
        var log = await File.ReadAllTextAsync(Path.Combine(cluster.VersionFolder, "server.log"), TestContext.Current.CancellationToken);
        log.ShouldContain("ready to accept connections");
        log.ShouldNotContain("very private");
    }

    private UnixFileMode RightsOfOthers(string name)
    {
        const UnixFileMode others = (UnixFileMode)0b000_111_111;

        return OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(Path.Combine(cluster.VersionFolder, name)) & others;
    }

    private Task<T> QueryAsync<T>(string sql) => TemporaryClusterFolder.QueryAsync<T>(cluster.ConnectionString, sql);
}
