namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>
/// A file with the encrypted content of an object before it is stored. Only the user of the server can read it. Disposing deletes it,
/// unless it has become the object.
/// </summary>
internal sealed class UnfinishedFile : IAsyncDisposable
{
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
        File.Delete(path);
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
        await Content.DisposeAsync();
        if (_path is null)
            return;

        try
        {
            File.Delete(_path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The storage cannot be used; what failed before is reported. The next start removes the file.
        }
    }
}
