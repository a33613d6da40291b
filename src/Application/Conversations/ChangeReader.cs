using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Application.Conversations;

/// <summary>A request for the changes of a conversation after a revision.</summary>
/// <param name="Count">The maximum number of changes: the number of revisions, including those of expired messages.</param>
internal sealed record WantedChanges(ConversationId ConversationId, long SinceRevision, long Count);

/// <summary>
/// Reads the changes of conversations, up to a number of bytes of JSON. A conversation's changes are read completely or not at all. If the
/// number of changes is so large that they may not fit, another statement first reads their sizes, and only the changes that fit are read.
/// </summary>
internal sealed class ChangeReader(IMessageReader messages, UserId viewerId, DateTimeOffset now, long bytes)
{
    /// <summary>The bytes of JSON that the response can still contain.</summary>
    private long _left = bytes;

    /// <summary>
    /// The bytes of text that can still be read. Escapes make JSON larger than its text, so this limits text that is read but does not fit.
    /// </summary>
    private long _readable = bytes;

    /// <summary>Reads the changes of one conversation, in order. Returns null when they do not fit.</summary>
    public async Task<IReadOnlyList<MessageResponse>?> ReadAsync(
        ConversationId conversationId, long sinceRevision, long count, CancellationToken cancellationToken) =>
        (await ReadAsync([new WantedChanges(conversationId, sinceRevision, count)], cancellationToken)).GetValueOrDefault(conversationId);

    /// <summary>
    /// Reads the changes of several conversations, in the given order. Conversations whose changes do not fit are omitted.
    /// </summary>
    public async Task<IReadOnlyDictionary<Guid, IReadOnlyList<MessageResponse>>> ReadAsync(
        IReadOnlyList<WantedChanges> wanted, CancellationToken cancellationToken)
    {
        var sizes = await SizesAsync(wanted, cancellationToken);
        var read = new Dictionary<Guid, IReadOnlyList<MessageResponse>>();
        foreach (var changes in wanted)
        {
            if (changes.Count == 0)
            {
                read[changes.ConversationId] = [];
                continue;
            }

            var text = sizes.GetValueOrDefault(changes.ConversationId);
            if (text > _left || text > _readable)
                continue;

            _readable -= text;

            // There is no limit on their number: the caller has checked the count, and changes written since then are included.
            var changed = await messages.ReadChangesAsync(viewerId, changes.ConversationId, now, changes.SinceRevision, cancellationToken);
            var size = changed.Sum(JsonSize.Of);
            if (size > _left)
                continue;

            _left -= size;
            read[changes.ConversationId] = changed;
        }

        return read;
    }

    /// <summary>Reads the size of each conversation's changes, in bytes without escapes. Empty if the changes fit in any case.</summary>
    private async Task<IReadOnlyDictionary<Guid, long>> SizesAsync(IReadOnlyList<WantedChanges> wanted, CancellationToken cancellationToken)
    {
        if (wanted.Sum(changes => changes.Count) * JsonSize.LargestMessage <= _left)
            return new Dictionary<Guid, long>();

        var changed = wanted.Where(changes => changes.Count > 0).ToList();
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
