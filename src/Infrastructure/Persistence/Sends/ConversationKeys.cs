namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>The encrypted keys of the conversations of a batch, as they are stored. Empty if messages are not encrypted.</summary>
internal sealed class ConversationKeys
{
    private readonly Dictionary<Guid, byte[]> _stored = [];
    private readonly SortedDictionary<Guid, byte[]> _added = [];

    /// <summary>The keys as they were read. The statement that stores the batch verifies that they are still stored.</summary>
    public IReadOnlyDictionary<Guid, byte[]> Stored => _stored;

    /// <summary>The keys that the batch adds, of conversations without one. Ordered, so that two batches cannot deadlock.</summary>
    public IReadOnlyDictionary<Guid, byte[]> Added => _added;

    /// <summary>Adds a key as it was read.</summary>
    public void Add(Guid conversationId, byte[] encryptedKey) => _stored[conversationId] = encryptedKey;

    public byte[]? Find(Guid conversationId) => _stored.GetValueOrDefault(conversationId) ?? _added.GetValueOrDefault(conversationId);

    /// <summary>Returns the key of a conversation. Makes one if there is none, for the batch to store.</summary>
    public byte[] FindOrCreate(Guid conversationId, Func<Guid, byte[]> create)
    {
        if (Find(conversationId) is { } known)
            return known;

        var key = create(conversationId);
        _added.Add(conversationId, key);

        return key;
    }
}
