using System.Net;
using CleanMessaging.Domain.Users;
using CleanMessaging.Fault.Tests.ManyServers;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.Attachments;

/// <summary>Server processes on one database, with one folder of attachments.</summary>
internal sealed class AttachmentServers : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("attachments-");
    private readonly List<ApiProcess> _servers = [];

    private AttachmentServers(string connectionString) => ConnectionString = connectionString;

    public string ConnectionString { get; }

    public ApiProcess One => _servers[0];

    public ApiProcess Other => _servers[1];

    /// <param name="count">The number of servers.</param>
    public static async Task<AttachmentServers> StartAsync(
        FaultPostgres postgres, int count, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var servers = new AttachmentServers(await postgres.CreateDatabaseAsync());
        var all = TestKeys.Settings("one");
        all["Attachments:Folder"] = servers._folder.FullName;
        all["Attachments:FolderIsShared"] = "true";
        all["Limits:UserBurst"] = "1000000";
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>())
            all[key] = value;

        try
        {
            for (var index = 0; index < count; index++)
                servers._servers.Add(await ApiProcess.StartAsync(servers.ConnectionString, all));

            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>Registers an Investor and a Startup, and starts their conversation.</summary>
    public async Task<(TestUser Investor, TestUser Startup, Guid ConversationId)> RegisterPairAsync()
    {
        var investor = await ServerPair.RegisterAsync(One, UserRole.Investor);
        var startup = await ServerPair.RegisterAsync(One, UserRole.Startup);
        var created = await investor.PostAsync("/api/conversations/create", new { receiverId = startup.Id });

        return (investor, startup, created.Expect(HttpStatusCode.Created).Data.Id());
    }

    /// <summary>Returns the ids of the objects in the folder, without files that are still being written.</summary>
    public IReadOnlyList<Guid> Objects() =>
        [.. _folder.EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(file => file.Directory!.Name != "unfinished")
            .Select(file => Guid.ParseExact(file.Name, "N"))];

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();

        _folder.Delete(recursive: true);
    }
}
