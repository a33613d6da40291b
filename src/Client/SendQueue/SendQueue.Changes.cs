namespace CleanMessaging.Client;

/// <content>The changes of earlier messages.</content>
internal sealed partial class SendQueue
{
    /// <summary>
    /// Saves a change of an earlier message, then makes it. An edit replaces the rejected edits and deletions of that message and its edits
    /// that were never attempted, a reaction replaces earlier reactions, and a deletion replaces all other changes.
    /// </summary>
    /// <param name="replacesNewerText">
    /// Whether the user has seen the text of the change's version. Otherwise an edit keeps the version of a waiting edit that it replaces.
    /// </param>
    public async Task<QueuedMessage> AddChangeAsync(
        Guid senderId, Guid conversationId, QueuedChange change, bool replacesNewerText, CancellationToken cancellationToken)
    {
        await using var locked = (await _store.LockSharedAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        var replaced = new List<QueuedMessage>();
        foreach (var earlier in _messages.ReplacedBy(change))
        {
            var isReplaced = !change.IsEdit || earlier.Failure is not null;
            if (!isReplaced
                && await FindUnattemptedAsync(earlier.ClientMessageId, cancellationToken).ConfigureAwait(false)
                    is { Waiting.Change: { } edit })
            {
                isReplaced = true;

                // The user may know only the text of this version. The server rejects the edit if there is another version by now.
                if (!replacesNewerText)
                    change = change with { Version = Math.Min(change.Version, edit.Version) };
            }

            if (isReplaced)
                replaced.Add(earlier);
        }

        var at = _messages.NextTime();
        var added = new QueuedMessage(
            Guid.CreateVersion7(at), senderId, conversationId, "", ExpirationHours: null, MaxPoints: null, at, Failure: null, change)
        {
            NeverAttempted = !BeginsAtOnce(conversationId),
        };
        await _store.SaveAsync(added, cancellationToken).ConfigureAwait(false);
        foreach (var superfluous in replaced)
            await RemoveAsync(superfluous.ClientMessageId, cancellationToken).ConfigureAwait(false);
        Show(added, isNew: true);

        return added;
    }

    /// <summary>
    /// Bases the later edits of a message on its new version: the user wrote them after the edit that the server has just accepted.
    /// </summary>
    private async Task RebaseAsync(Message edited)
    {
        await using var locked = (await _store.LockSharedAsync(CancellationToken.None).ConfigureAwait(false)).ConfigureAwait(false);
        foreach (var later in _messages.Rebase(edited.Id, edited.Version))
        {
            // Another session with the store may have attempted or removed it.
            if (await _store.TryFindAsync(later).ConfigureAwait(false) is { } stored)
                await _store.TrySaveAsync(stored with { Change = later.Change }).ConfigureAwait(false);
        }
    }
}
