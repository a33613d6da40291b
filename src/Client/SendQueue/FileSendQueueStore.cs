using System.Runtime.Versioning;
using System.Text.Json;

namespace CleanMessaging.Client;

/// <summary>
/// Stores unsent messages in a folder, one file for each. Files are flushed to disk, so that messages survive a crash or a power failure.
/// Files that do not contain a message are ignored.
/// </summary>
/// <param name="folder">
/// Created if missing; except on Windows, with access for the current user only. The message texts are not encrypted.
/// </param>
[UnsupportedOSPlatform("browser")]
public sealed class FileSendQueueStore(string folder) : ISendQueueStore
{
    private const string Extension = ".json";

    /// <summary>The extension of a file that is being written and may be incomplete. It is renamed when the write is done.</summary>
    private const string NewExtension = ".new";

    /// <inheritdoc/>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public async ValueTask<IReadOnlyList<QueuedMessage>> LoadAsync(Guid senderId, CancellationToken cancellationToken = default)
    {
        MakeFolder();
        var messages = new Dictionary<Guid, QueuedMessage>();
        foreach (var extension in new[] { Extension, NewExtension })
        {
            // A complete ".new" file is newer than the ".json" file: the process stopped between the write and the rename.
            foreach (var file in Directory.EnumerateFiles(folder, $"*{extension}"))
            {
                if (await ReadAsync(file, cancellationToken).ConfigureAwait(false) is { } message && message.SenderId == senderId)
                    messages[message.ClientMessageId] = message;
            }
        }

        return [.. messages.Values];
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public async ValueTask<QueuedMessage?> FindAsync(Guid senderId, Guid clientMessageId, CancellationToken cancellationToken = default)
    {
        if (!Directory.Exists(folder))
            return null;

        return await ReadAsync(FileOf(clientMessageId, NewExtension), cancellationToken).ConfigureAwait(false)
            ?? await ReadAsync(FileOf(clientMessageId, Extension), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public async ValueTask SaveAsync(QueuedMessage message, CancellationToken cancellationToken = default)
    {
        MakeFolder();
        var unfinished = FileOf(message.ClientMessageId, NewExtension);
        var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write);
        await using (file.ConfigureAwait(false))
        {
            await JsonSerializer.SerializeAsync(file, message, MessagingJson.Default.QueuedMessage, cancellationToken)
                .ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, FileOf(message.ClientMessageId, Extension), overwrite: true);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The file cannot be deleted.</exception>
    public ValueTask RemoveAsync(Guid clientMessageId, CancellationToken cancellationToken = default)
    {
        if (Directory.Exists(folder))
        {
            File.Delete(FileOf(clientMessageId, NewExtension));
            File.Delete(FileOf(clientMessageId, Extension));
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Reads the message in a file; returns null when the file is missing, incomplete or not a message.</summary>
    private static async Task<QueuedMessage?> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            var text = await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false);

            return JsonSerializer.Deserialize(text, MessagingJson.Default.QueuedMessage);
        }
        catch (Exception exception) when (exception is JsonException or FileNotFoundException)
        {
            return null;
        }
    }

    private void MakeFolder()
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string FileOf(Guid clientMessageId, string extension) => Path.Combine(folder, $"{clientMessageId}{extension}");
}
