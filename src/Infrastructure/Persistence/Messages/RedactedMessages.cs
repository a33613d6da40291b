using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Encryption;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

/// <summary>
/// Messages that were locked and redacted by the rule of the domain, in the form in which they are stored. Their texts are not kept, so
/// that a batch needs little memory.
/// </summary>
internal sealed class RedactedMessages
{
    private readonly List<Guid> _ids = [];
    private readonly List<byte[]?> _requestHashes = [];
    private readonly List<Guid> _editedIds = [];
    private readonly List<Guid> _idsWithAttachments = [];

    public Guid[] Ids => [.. _ids];

    public byte[]?[] RequestHashes => [.. _requestHashes];

    public Guid[] EditedIds => [.. _editedIds];

    public Guid[] IdsWithAttachments => [.. _idsWithAttachments];

    /// <summary>The number of messages that were not flagged before.</summary>
    public int Flagged { get; private set; }

    /// <summary>The number of messages that had contents. The tombstone of a deleted message has none.</summary>
    public int Redacted { get; private set; }

    /// <summary>Reads the rows of a result, and redacts each message.</summary>
    public static async Task<RedactedMessages> ReadAsync(
        NpgsqlDataReader reader,
        IRequestHasher hasher,
        MessageEncryption encryption,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var redacted = new RedactedMessages();
        while (await reader.ReadAsync(cancellationToken))
            redacted.Add(StoredMessage.Read(reader, 0, encryption), hasher, now);

        return redacted;
    }

    /// <remarks>A text that cannot be decrypted is erased like any other.</remarks>
    private void Add((Message? Message, bool IsReadable) stored, IRequestHasher hasher, DateTimeOffset now)
    {
        var message = stored.Message!;
        if (!stored.IsReadable)
            StoredMessage.SetContent(message, "");

        if (message.Attachments is not null)
            _idsWithAttachments.Add(message.Id);

        if (message.Version > 0)
            _editedIds.Add(message.Id);

        if (!message.IsExpired)
            Flagged++;

        if (message.Redact(hasher, now))
            Redacted++;

        _ids.Add(message.Id);
        _requestHashes.Add(message.RequestHash);
    }
}
