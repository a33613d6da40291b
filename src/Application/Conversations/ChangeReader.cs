using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Conversations;

/// <summary>The changes of a conversation after a revision.</summary>
/// <param name="Count">How many there are at most: revisions, expired ones included.</param>
internal sealed record WantedChanges(Guid ConversationId, long SinceRevision, long Count);

/// <summary>
/// Reads what changed in conversations, all of a conversation or nothing, up to a number of bytes of JSON. Where the number of changes makes it
/// possible that they do not fit, one more statement asks for the sizes first, and only what fits is read.
/// </summary>
internal sealed class ChangeReader(IReadDatabase database, DateTimeOffset now, long bytes)
{
    /// <summary>JSON that may still be answered.</summary>
    private long _left = bytes;

    /// <summary>Text that may still be read. Escapes make JSON larger than the text that it is read from, so this bounds what is read in vain.</summary>
    private long _readable = bytes;

    /// <summary>The changes of one conversation in their order; null when they do not fit.</summary>
    public async Task<List<MessageWithReceipt>?> ReadAsync(Guid conversationId, long sinceRevision, long count, CancellationToken cancellationToken) =>
        (await ReadAsync([new WantedChanges(conversationId, sinceRevision, count)], cancellationToken)).GetValueOrDefault(conversationId);

    /// <summary>The changes of each conversation that fit, the first ones first; conversations whose changes do not fit are left out.</summary>
    public async Task<IReadOnlyDictionary<Guid, List<MessageWithReceipt>>> ReadAsync(IReadOnlyList<WantedChanges> wanted, CancellationToken cancellationToken)
    {
        var sizes = await SizesAsync(wanted, cancellationToken);
        var read = new Dictionary<Guid, List<MessageWithReceipt>>();
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
            var messages = await ChangesAsync(changes, cancellationToken);
            var size = JsonSize.Of(messages);
            if (size > _left)
                continue;

            _left -= size;
            read[changes.ConversationId] = messages;
        }

        return read;
    }

    /// <summary>The bytes of each conversation's changes without escapes; empty when they fit in any case.</summary>
    private async Task<IReadOnlyDictionary<Guid, long>> SizesAsync(IReadOnlyList<WantedChanges> wanted, CancellationToken cancellationToken)
    {
        if (wanted.Sum(changes => changes.Count) * JsonSize.LargestMessage <= _left)
            return new Dictionary<Guid, long>();

        var changed = wanted.Where(changes => changes.Count > 0).ToList();
        var sizes = await database.SizesOfChangesAsync(
            changed.ConvertAll(changes => changes.ConversationId),
            changed.ConvertAll(changes => changes.SinceRevision),
            now,
            JsonSize.MessageWithoutText,
            cancellationToken);

        return changed.Zip(sizes).ToDictionary(pair => pair.First.ConversationId, pair => pair.Second);
    }

    /// <summary>
    /// All that changed after a revision and is visible, in the order of the changes. Without a limit on their number: the caller has counted, and what
    /// was written since then is part of it.
    /// </summary>
    private Task<List<MessageWithReceipt>> ChangesAsync(WantedChanges wanted, CancellationToken cancellationToken) =>
        database.VisibleMessages(now)
            .Where(message => message.ConversationId == wanted.ConversationId && message.Revision > wanted.SinceRevision)
            .OrderBy(message => message.Revision)
            .WithReceipts(database)
            .ToListAsync(cancellationToken);
}
