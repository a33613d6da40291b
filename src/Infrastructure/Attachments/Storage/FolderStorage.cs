using System.Buffers.Binary;

namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>
/// Stores objects as files of a folder: <c>ab/cd/ID</c>, where abcd are the last digits of the id, which are random. Files are prepared
/// in the folder <c>unfinished</c>, flushed to the disk and renamed, so that a file with its final name is complete.
/// </summary>
/// <remarks>
/// A call of a file system cannot be canceled, and a network file system can make it wait forever. <see cref="StorageCallGuard"/> does not
/// wait for it longer than its limit. Calls that open, store and delete files run on threads of their own, so that they occupy none of the
/// thread pool. The number of such threads is limited.
/// </remarks>
internal sealed class FolderStorage : IObjectStorage
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>More calls run at the same time only if the file system does not answer. Further ones fail at once.</summary>
    private const int CallsMax = 1_000;

    /// <summary>Far longer than an upload of a part can take, because other servers can have files in a shared folder.</summary>
    private static readonly TimeSpan _unfinishedAge = TimeSpan.FromDays(1);

    private readonly string _root;
    private readonly string _unfinished;

    /// <summary>
    /// For each folder <c>ab/cd</c>, whether this process has flushed its entries in the folders above it. That a folder exists is not
    /// enough: a concurrent call may have created it a moment before, and not have flushed it yet.
    /// </summary>
    private readonly bool[] _isFlushed = new bool[ushort.MaxValue + 1];

    private int _calls;

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

    public Task<UnfinishedFile> CreateFileAsync(Guid objectId) =>
        RunAsync(() => UnfinishedFile.Create(Path.Combine(_unfinished, NameOf(objectId))));

    public Task PutAsync(Guid objectId, UnfinishedFile file, CancellationToken cancellationToken) => RunAsync(() =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        file.Content.Flush(flushToDisk: true);
        var path = PathOf(objectId);
        var folder = Path.GetDirectoryName(path)!;
        var parent = Path.GetDirectoryName(folder)!;
        ref var isFlushed = ref _isFlushed[BinaryPrimitives.ReadUInt16BigEndian(objectId.ToByteArray(bigEndian: true).AsSpan(^2..))];
        var isKnown = Volatile.Read(ref isFlushed) && Directory.Exists(folder);
        CreateFolder(parent);
        CreateFolder(folder);
        file.MoveTo(path);
        FolderFlush.Run(folder);
        if (isKnown)
            return true;

        FolderFlush.Run(parent);
        FolderFlush.Run(_root);
        Volatile.Write(ref isFlushed, true);

        return true;
    });

    public Task<Stream?> OpenAsync(Guid objectId, long offset, long length, CancellationToken cancellationToken) =>
        RunAsync<Stream?>(() => Open(objectId, offset));

    public Task DeleteAsync(Guid objectId, CancellationToken cancellationToken) => RunAsync(() => Delete(objectId));

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

    private async Task<T> RunAsync<T>(Func<T> call)
    {
        try
        {
            if (Interlocked.Increment(ref _calls) > CallsMax)
                throw new IOException("Too many calls of the file system do not end.");

            return await Task.Factory.StartNew(
                call, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    private static string NameOf(Guid objectId) => objectId.ToString("N");

    private string PathOf(Guid objectId)
    {
        var name = NameOf(objectId);

        return Path.Combine(_root, name[^4..^2], name[^2..], name);
    }

    private FileStream? Open(Guid objectId, long offset)
    {
        try
        {
            return new FileStream(
                PathOf(objectId),
                FileMode.Open,
                FileAccess.Read,
                FileShare.Read | FileShare.Delete,
                bufferSize: 0,
                FileOptions.Asynchronous)
            {
                Position = offset,
            };
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException && IsMounted())
        {
            return null;
        }
    }

    /// <summary>Deletes an object. Returns whether there was a folder for it.</summary>
    private bool Delete(Guid objectId)
    {
        try
        {
            File.Delete(PathOf(objectId));
        }
        catch (DirectoryNotFoundException) when (IsMounted())
        {
            return false;
        }

        return IsMounted() ? true : throw new DirectoryNotFoundException("The folder of attachments is empty. Is its file system mounted?");
    }

    /// <summary>
    /// Returns whether the folder is the one that was opened. The folder of a file system that is not mounted is empty, which must not
    /// look as if all objects were deleted.
    /// </summary>
    private bool IsMounted() => Directory.Exists(_unfinished);
}
