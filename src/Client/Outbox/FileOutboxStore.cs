using System.Runtime.Versioning;
using System.Text.Json;

namespace CleanMessaging.Client;

/// <summary>Keeps what waits in a folder, a file for each message, flushed to the disk: nothing is lost with the process or the machine's power.</summary>
/// <param name="folder">Made if it is not there. The texts in it are as readable as its files are: keep it the user's own.</param>
[UnsupportedOSPlatform("browser")]
public sealed class FileOutboxStore(string folder) : IOutboxStore
{
    private const string Extension = ".json";

    /// <inheritdoc/>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public async ValueTask<IReadOnlyList<OutboxMessage>> LoadAsync(Guid senderId, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(folder);
        var messages = new List<OutboxMessage>();
        foreach (var file in Directory.EnumerateFiles(folder, $"*{Extension}"))
        {
            var text = await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false);
            if (JsonSerializer.Deserialize(text, MessagingJson.Default.OutboxMessage) is { } message && message.SenderId == senderId)
                messages.Add(message);
        }

        return messages;
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public async ValueTask SaveAsync(OutboxMessage message, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(folder);
        var unfinished = Path.Combine(folder, Path.GetRandomFileName());
        using (var file = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write))
        {
            await JsonSerializer.SerializeAsync(file, message, MessagingJson.Default.OutboxMessage, cancellationToken).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, FileOf(message.ClientMessageId), overwrite: true);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The file cannot be deleted.</exception>
    public ValueTask RemoveAsync(Guid clientMessageId, CancellationToken cancellationToken = default)
    {
        File.Delete(FileOf(clientMessageId));

        return ValueTask.CompletedTask;
    }

    private string FileOf(Guid clientMessageId) => Path.Combine(folder, $"{clientMessageId}{Extension}");
}
