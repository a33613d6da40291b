using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;

namespace CleanMessaging.WebClient.SignedIn;

/// <summary>
/// Stores one user's unsent messages in the browser. Each message has its own key, so that tabs do not overwrite each other's messages. A
/// lock allows one tab at a time to edit a message or to begin to send it.
/// </summary>
internal sealed class LocalSendQueueStore(Guid userId) : ISendQueueStore
{
    /// <summary>The beginning of the storage keys. It keeps an older name, because browsers have messages under it.</summary>
    private readonly string _beginning = LocalStorage.Of(userId, "outbox:");

    /// <summary>The number of stored messages.</summary>
    public int Count() => LocalStorage.NamesWith(_beginning).Count();

    /// <summary>Returns the id of the message with a storage key; null when the key belongs to other data.</summary>
    public Guid? IdOf(string key)
    {
        var beginning = LocalStorage.KeyOf(_beginning);

        return key.StartsWith(beginning, StringComparison.Ordinal) && Guid.TryParse(key[beginning.Length..], out var clientMessageId)
            ? clientMessageId
            : null;
    }

    public bool Has(Guid clientMessageId) => LocalStorage.Read(NameOf(clientMessageId)) is not null;

    public ValueTask<IReadOnlyList<QueuedMessage>> LoadAsync(Guid senderId, CancellationToken cancellationToken = default)
    {
        var messages =
            from name in LocalStorage.NamesWith(_beginning)
            let message = LocalStorage.Read(name, StoredJson.Default.QueuedMessage)
            where message?.SenderId == senderId
            select message;

        return ValueTask.FromResult<IReadOnlyList<QueuedMessage>>([.. messages]);
    }

    public ValueTask<QueuedMessage?> FindAsync(Guid senderId, Guid clientMessageId, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(LocalStorage.Read(NameOf(clientMessageId), StoredJson.Default.QueuedMessage));

    /// <exception cref="System.Runtime.InteropServices.JavaScript.JSException">The browser's storage is full.</exception>
    public ValueTask SaveAsync(QueuedMessage message, CancellationToken cancellationToken = default)
    {
        LocalStorage.Write(NameOf(message.ClientMessageId), message, StoredJson.Default.QueuedMessage);

        return ValueTask.CompletedTask;
    }

    public ValueTask RemoveAsync(Guid clientMessageId, CancellationToken cancellationToken = default)
    {
        LocalStorage.Erase(NameOf(clientMessageId));

        return ValueTask.CompletedTask;
    }

    public async ValueTask<IAsyncDisposable?> LockAsync(CancellationToken cancellationToken = default) =>
        await TabLock.AcquireAsync(LocalStorage.KeyOf(_beginning));

    private string NameOf(Guid clientMessageId) => $"{_beginning}{clientMessageId}";
}
