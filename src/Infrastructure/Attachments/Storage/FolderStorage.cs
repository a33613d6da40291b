namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>
/// Stores objects as files of a folder: <c>ab/cd/ID</c>, where abcd are the last digits of the id, which are random. Files are prepared
/// in the folder <c>unfinished</c>, flushed to the disk and renamed, so that a file with its final name is complete.
/// </summary>
internal sealed class FolderStorage : IObjectStorage
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Far longer than an upload of a part can take, because other servers can have files in a shared folder.</summary>
    private static readonly TimeSpan _unfinishedAge = TimeSpan.FromDays(1);

    private readonly string _root;
    private readonly string _unfinished;

    private FolderStorage(string folder)
    {
        _root = folder;
        _unfinished = Path.Combine(folder, "unfinished");
    }

    /// <summary>Opens a folder, which is created if it is missing, and removes files that a killed server has left unfinished.</summary>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be used.</exception>
    public static FolderStorage Open(string folder, DateTimeOffset now)
    {
        var storage = new FolderStorage(folder);
        CreateFolder(folder);
        CreateFolder(storage._unfinished);
        foreach (var file in new DirectoryInfo(storage._unfinished).EnumerateFiles())
        {
            if (now - file.LastWriteTimeUtc > _unfinishedAge)
                file.Delete();
        }

        return storage;
    }

    /// <summary>Verifies that the server can write to a folder.</summary>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be used.</exception>
    public static void Probe(string folder)
    {
        CreateFolder(folder);
        var file = Path.Combine(folder, Path.GetRandomFileName());
        File.Create(file, bufferSize: 1, FileOptions.DeleteOnClose).Dispose();
    }

    public UnfinishedFile CreateFile(Guid objectId) => UnfinishedFile.Create(Path.Combine(_unfinished, NameOf(objectId)));

    /// <remarks>Flushing a disk can take long. It runs on a thread of its own, so that it occupies none of the thread pool.</remarks>
    public Task PutAsync(Guid objectId, UnfinishedFile file, CancellationToken cancellationToken) => Task.Factory.StartNew(
        () =>
        {
            file.Content.Flush(flushToDisk: true);
            var path = PathOf(objectId);
            var folder = Path.GetDirectoryName(path)!;
            var parent = Path.GetDirectoryName(folder)!;
            var isNew = !Directory.Exists(folder);
            CreateFolder(parent);
            CreateFolder(folder);
            file.MoveTo(path);
            FolderFlush.Run(folder);
            if (!isNew)
                return;

            FolderFlush.Run(parent);
            FolderFlush.Run(_root);
        },
        cancellationToken,
        TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
        TaskScheduler.Default);

    public Task<Stream?> OpenAsync(Guid objectId, long offset, long length, CancellationToken cancellationToken)
    {
        try
        {
            var file = new FileStream(
                PathOf(objectId),
                FileMode.Open,
                FileAccess.Read,
                FileShare.Read | FileShare.Delete,
                bufferSize: 0,
                FileOptions.Asynchronous);
            file.Position = offset;

            return Task.FromResult<Stream?>(file);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException && IsMounted())
        {
            return Task.FromResult<Stream?>(null);
        }
    }

    public Task DeleteAsync(Guid objectId, CancellationToken cancellationToken)
    {
        try
        {
            File.Delete(PathOf(objectId));
        }
        catch (DirectoryNotFoundException) when (IsMounted())
        {
            return Task.CompletedTask;
        }

        return IsMounted()
            ? Task.CompletedTask
            : throw new DirectoryNotFoundException("The folder of attachments is empty. Is its file system mounted?");
    }

    public IAsyncEnumerable<Guid> ListAsync(CancellationToken cancellationToken) =>
        (from first in Directory.EnumerateDirectories(_root, "??")
         from second in Directory.EnumerateDirectories(first, "??")
         from path in Directory.EnumerateFiles(second)
         let objectId = Guid.TryParseExact(Path.GetFileName(path), "N", out var id) ? id : Guid.Empty
         where path == PathOf(objectId)
         select objectId).ToAsyncEnumerable();

    public bool IsFailure(Exception exception) => exception is IOException or UnauthorizedAccessException;

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, OwnerOnly);
    }

    private static string NameOf(Guid objectId) => objectId.ToString("N");

    private string PathOf(Guid objectId)
    {
        var name = NameOf(objectId);

        return Path.Combine(_root, name[^4..^2], name[^2..], name);
    }

    /// <summary>
    /// Returns whether the folder is the one that was opened. The folder of a file system that is not mounted is empty, which must not
    /// look as if all objects were deleted.
    /// </summary>
    private bool IsMounted() => Directory.Exists(_unfinished);
}
