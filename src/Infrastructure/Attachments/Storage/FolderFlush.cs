using System.ComponentModel;
using System.Runtime.InteropServices;

namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>Flushes the entries of a folder to the disk, so that a renamed file survives a power failure. .NET cannot do this.</summary>
internal static partial class FolderFlush
{
    private const int ReadOnly = 0;

    /// <exception cref="IOException">The folder cannot be flushed.</exception>
    public static void Run(string folder)
    {
        // Windows flushes the entry of a file with the file.
        if (OperatingSystem.IsWindows())
            return;

        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
            throw Failure();

        try
        {
            if (Fsync(descriptor) != 0)
                throw Failure();
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure()
    {
        var cause = new Win32Exception(Marshal.GetLastPInvokeError());

        return new IOException($"A folder of attachments cannot be flushed. {cause.Message}", cause);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
