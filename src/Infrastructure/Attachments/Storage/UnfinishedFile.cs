namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>
/// A file with the encrypted content of an object before it is stored. Only the user of the server can read it. Disposing deletes it,
/// unless it has become the object.
/// </summary>
internal sealed class UnfinishedFile : IAsyncDisposable
{
    private static readonly TimeSpan _deletionMax = TimeSpan.FromSeconds(1);

    private string? _path;

    private UnfinishedFile(string path, FileOptions fileOptions)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read | FileShare.Delete,
            Options = FileOptions.Asynchronous | fileOptions,

            // The content is written in chunks.
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        Content = new FileStream(path, options);
        _path = path;
    }

    public FileStream Content { get; }

    /// <summary>Creates a file that <see cref="MoveTo"/> can make an object. If the process is killed, the file stays.</summary>
    public static UnfinishedFile Create(string path) => new(path, FileOptions.None);

    /// <summary>Creates a file without a name, which is removed also if the process is killed.</summary>
    public static UnfinishedFile CreateTemporary()
    {
        var path = Path.Combine(Path.GetTempPath(), $"cleanmessaging-{Path.GetRandomFileName()}");
        if (OperatingSystem.IsWindows())
            return new UnfinishedFile(path, FileOptions.DeleteOnClose);

        var file = new UnfinishedFile(path, FileOptions.None);
        try
        {
            File.Delete(path);
        }
        catch
        {
            file.Content.Dispose();
            throw;
        }

        file._path = null;

        return file;
    }

    public void MoveTo(string path)
    {
        File.Move(_path ?? throw new InvalidOperationException("The file has no name."), path, overwrite: false);
        _path = null;
    }

    public async ValueTask DisposeAsync()
    {
        // A call that took too long may still move the file.
        if (_path is not { } path)
        {
            await Content.DisposeAsync();
            return;
        }

        try
        {
            await Task.Factory.StartNew(
                    () => Delete(path),
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
                    TaskScheduler.Default)
                .WaitAsync(_deletionMax);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or TimeoutException)
        {
            // The storage cannot be used; what failed before is reported. A later start removes the file.
        }
    }

    private void Delete(string path)
    {
        Content.Dispose();
        File.Delete(path);
    }
}
