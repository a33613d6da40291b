using System.Runtime.Versioning;
using System.Text.Json;

namespace CleanMessaging.Client;

/// <summary>
/// Keeps what waits in a folder, a file for each message, flushed to the disk: nothing is lost with the process or the machine's power.
/// A file that is no message is passed over.
/// </summary>
/// <param name="folder">Made if it is not there, for this user alone where the system knows that. The texts in it are readable.</param>
[UnsupportedOSPlatform("browser")]
public sealed class FileOutboxStore(string folder) : IOutboxStore
{
    private const string Extension = ".json";

    /// <summary>Written, but perhaps not to the end, and not yet in its place.</summary>
    private const string NewExtension = ".new";

    /// <inheritdoc/>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public async ValueTask<IReadOnlyList<OutboxMessage>> LoadAsync(Guid senderId, CancellationToken cancellationToken = default)
    {
        MakeFolder();
        var messages = new Dictionary<Guid, OutboxMessage>();
        foreach (var extension in new[] { Extension, NewExtension })
        {
            // A whole file that is not in its place was saved later than the one that is: the machine stopped in between.
            foreach (var file in Directory.EnumerateFiles(folder, $"*{extension}"))
            {
                if (await ReadAsync(file, cancellationToken).ConfigureAwait(false) is { } message && message.SenderId == senderId)
                    messages[message.ClientMessageId] = message;
            }
        }

        return [.. messages.Values];
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public async ValueTask SaveAsync(OutboxMessage message, CancellationToken cancellationToken = default)
    {
        MakeFolder();
        var unfinished = FileOf(message.ClientMessageId, NewExtension);
        var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write);
        await using (file.ConfigureAwait(false))
        {
            await JsonSerializer.SerializeAsync(file, message, MessagingJson.Default.OutboxMessage, cancellationToken).ConfigureAwait(false);
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

    /// <summary>The message in a file; null when there is none, or not to its end.</summary>
    private static async Task<OutboxMessage?> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            var text = await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false);

            return JsonSerializer.Deserialize(text, MessagingJson.Default.OutboxMessage);
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
