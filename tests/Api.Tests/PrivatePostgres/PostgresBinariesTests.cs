using CleanMessaging.PrivatePostgres;

namespace CleanMessaging.Api.Tests.PrivatePostgres;

public sealed class PostgresBinariesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cleanmessaging-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task FindAsync_WithNoneInstalled_NamesThreeWaysOut()
    {
        var find = () => FindAsync([_folder.FullName, "/does/not/exist"], []);

        var message = (await find.ShouldThrowAsync<PostgresNotFoundException>()).Message;

        message.ShouldContain("PostgreSQL 15 or newer");
        message.ShouldContain("apt install postgresql");
        message.ShouldContain("ConnectionStrings__Messaging");
        message.ShouldContain("docker compose up");
        message.ShouldNotContain("Too old");
    }

    [Fact]
    public async Task FindAsync_WithOldVersionsOnly_NamesThem()
    {
        var find = () => FindAsync([Install("9.6.24")], [Install("14.1")]);

        var message = (await find.ShouldThrowAsync<PostgresNotFoundException>()).Message;

        message.ShouldContain($"Too old: PostgreSQL 9 in {Folder("9.6.24")}, PostgreSQL 14 in {Folder("14.1")}.");
    }

    [Fact]
    public async Task FindAsync_WithOldOneOnPath_TakesNewestInstalled() =>
        (await FindAsync([Install("14.1")], [Install("15.3"), Install("17beta1"), Install("16.9")]))
            .ShouldBe(new PostgresBinaries(Folder("17beta1"), 17));

    [Fact]
    public async Task FindAsync_WithNewEnoughOneOnPath_TakesIt() =>
        (await FindAsync([Install("15.3")], [Install("18.0")])).ShouldBe(new PostgresBinaries(Folder("15.3"), 15));

    [Fact]
    public async Task FindAsync_WithLinksOnPath_TakesWhatTheyPointTo()
    {
        var target = Install("16.2");
        var links = _folder.CreateSubdirectory("links").FullName;
        foreach (var program in Directory.GetFiles(target))
            File.CreateSymbolicLink(Path.Combine(links, Path.GetFileName(program)), program);

        (await FindAsync([links], [])).ShouldBe(new PostgresBinaries(target, 16));
    }

    [Fact]
    public async Task FindAsync_WithClientProgramsOnly_SearchesOn()
    {
        var client = Install("17.1");
        File.Delete(Path.Combine(client, "initdb"));

        (await FindAsync([client], [Install("16.2")])).Major.ShouldBe(16);
    }

    private static Task<PostgresBinaries> FindAsync(string[] foldersOnPath, string[] installFolders) =>
        PostgresBinaries.FindAsync(foldersOnPath, installFolders, TestContext.Current.CancellationToken);

    private string Folder(string version) => Path.Combine(_folder.FullName, version);

    /// <summary>Creates programs that only print their version.</summary>
    private string Install(string version)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The programs are shell scripts.");

        var folder = _folder.CreateSubdirectory(version).FullName;
        foreach (var name in (string[])["initdb", "pg_ctl", "postgres"])
        {
            var program = Path.Combine(folder, name);
            File.WriteAllText(program, $"#!/bin/sh\necho 'postgres (PostgreSQL) {version} (Test 1.0)'\n");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        return folder;
    }
}
