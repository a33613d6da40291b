using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Application.Conversations;

/// <summary>A request for the changes of a conversation after a revision.</summary>
/// <param name="AtMost">The maximum number of changed, deleted and expired messages; 0 if there can be none.</param>
/// <param name="SincePersonalRevision">
/// The personal revision after which hidden messages are requested; null if they are not requested, or if there can be none.
/// </param>
internal sealed record WantedChanges(ConversationId ConversationId, long SinceRevision, int AtMost, long? SincePersonalRevision)
{
    /// <summary>
    /// The maximum number of revisions that are read through. One message can have changed many times, so they can be more than the
    /// messages of a response.
    /// </summary>
    public const int RevisionsMax = 5000;

    /// <summary>
    /// Returns the request for the changes that a client missed; null if there are too many, or if the conversation never had the client's
    /// revision.
    /// </summary>
    /// <param name="conversation">The conversation as it is now.</param>
    /// <param name="most">The maximum number of changed, deleted and expired messages.</param>
    public static WantedChanges? Of(ConversationResponse conversation, KnownConversation known, int most)
    {
        var behind = conversation.Revision - known.SinceRevision;
        var personallyBehind = conversation.Personal.Revision - known.SincePersonalRevision ?? 0;
        if (behind is < 0 or > RevisionsMax || personallyBehind < 0)
            return null;

        return new WantedChanges(
            new ConversationId(conversation.Id),
            known.SinceRevision,
            (int)Math.Min(behind, most),
            personallyBehind > 0 ? known.SincePersonalRevision : null);
    }
}

/// <summary>
/// Reads the changes of conversations, up to a number of rows and of bytes of JSON. A conversation's changes are read completely or not at
/// all. If the number of changes is so large that they may not fit, another statement first reads their sizes, and only the changes that
/// fit are read.
/// </summary>
/// <param name="rows">The maximum number of changed, deleted, expired and hidden messages in all.</param>
internal sealed class ChangeReader(IMessageReader messages, UserId viewerId, DateTimeOffset now, int rows, long bytes)
{
    /// <summary>The changed, deleted, expired and hidden messages that the response can still contain.</summary>
    private int _rowsLeft = rows;

    /// <summary>The bytes of JSON that the response can still contain.</summary>
    private long _left = bytes;

    /// <summary>
    /// The bytes of text that can still be read. Escapes make JSON larger than its text, so this limits text that is read but does not fit.
    /// </summary>
    private long _readable = bytes;

    /// <summary>Reads the changes of one conversation, in order. Returns null when they do not fit.</summary>
    public async Task<ConversationChanges?> ReadAsync(WantedChanges wanted, CancellationToken cancellationToken) =>
        (await ReadAsync([wanted], cancellationToken)).GetValueOrDefault(wanted.ConversationId);

    /// <summary>
    /// Reads the changes of several conversations, in the given order. Conversations whose changes do not fit are omitted.
    /// </summary>
    public async Task<IReadOnlyDictionary<Guid, ConversationChanges>> ReadAsync(
        IReadOnlyList<WantedChanges> wanted, CancellationToken cancellationToken)
    {
        var sizes = await SizesAsync(wanted, cancellationToken);
        var read = new Dictionary<Guid, ConversationChanges>();
        foreach (var changes in wanted)
        {
            var text = sizes.GetValueOrDefault(changes.ConversationId);
            if (text > _left || text > _readable)
                continue;

            _readable -= text;
            var most = Math.Min(_rowsLeft, JoinConversationQuery.ChangesMax);
            var changed = await ReadOneMoreAsync(changes, most, cancellationToken);
            var size = changed.Messages.Sum(JsonSize.Of)
                + (changed.Deleted.Count * JsonSize.Tombstone)
                + ((changed.Expired.Count + changed.Hidden.Count) * JsonSize.Sequence);
            if (size > _left || changed.Count > most)
                continue;

            _left -= size;
            _rowsLeft -= changed.Count;
            read[changes.ConversationId] = changed;
        }

        return read;
    }

    /// <summary>Reads one more than allowed of each kind, to find out whether there are too many.</summary>
    private async Task<ConversationChanges> ReadOneMoreAsync(WantedChanges wanted, int most, CancellationToken cancellationToken)
    {
        var atMost = most + 1;
        var changed = wanted.AtMost == 0
            ? ConversationChanges.None
            : await messages.ReadChangesAsync(
                viewerId, wanted.ConversationId, now, wanted.SinceRevision, atMost, cancellationToken);

        return wanted.SincePersonalRevision is { } since
            ? changed with
            {
                Hidden = await messages.ReadHiddenAsync(viewerId, wanted.ConversationId, since, atMost, cancellationToken),
            }
            : changed;
    }

    /// <summary>
    /// Reads the size of each conversation's changes, in bytes without escapes. Empty if the changes fit in any case, as long as they are
    /// texts: attachments are counted only once they are read, so that changes of texts need no further statement.
    /// </summary>
    private async Task<IReadOnlyDictionary<Guid, long>> SizesAsync(IReadOnlyList<WantedChanges> wanted, CancellationToken cancellationToken)
    {
        if (wanted.Sum(changes => (long)changes.AtMost) * JsonSize.LargestTextMessage <= _left)
            return new Dictionary<Guid, long>();

        var changed = wanted.Where(changes => changes.AtMost > 0).ToList();
        var sizes = await messages.ReadSizesOfChangesAsync(
            viewerId,
            changed.ConvertAll(changes => changes.ConversationId),
            changed.ConvertAll(changes => changes.SinceRevision),
            now,
            JsonSize.MessageWithoutText,
            cancellationToken);

        return changed.Zip(sizes).ToDictionary(pair => pair.First.ConversationId.Value, pair => pair.Second);
    }
}
