namespace CleanMessaging.Client;

/// <content>The changes of earlier messages.</content>
internal sealed partial class SendQueue
{
    /// <summary>
    /// Saves a change of an earlier message, then makes it. An edit replaces the rejected edits and deletions of that message and its edits
    /// that were never attempted, a reaction replaces earlier reactions, and a deletion replaces all other changes.
    /// </summary>
    public async Task<QueuedMessage> AddChangeAsync(
        Guid senderId, Guid conversationId, QueuedChange change, CancellationToken cancellationToken)
    {
        using (await _store.LockAsync(cancellationToken).ConfigureAwait(false))
        {
            var replaced = new List<QueuedMessage>();
            foreach (var earlier in _messages.ReplacedBy(change))
            {
                // The user has written a waiting edit for this version. The server rejects the new one if there is another version by now.
                var isReplaced = !change.IsEdit || earlier.Failure is not null;
                if (!isReplaced
                    && await FindUnattemptedAsync(earlier.ClientMessageId, cancellationToken).ConfigureAwait(false) is { Change: { } edit })
                {
                    isReplaced = true;
                    change = change with { Version = Math.Min(change.Version, edit.Version) };
                }

                if (isReplaced)
                    replaced.Add(earlier);
            }

            var at = _messages.NextTime();
            var added = new QueuedMessage(
                Guid.CreateVersion7(at), senderId, conversationId, "", ExpirationHours: null, MaxPoints: null, at, Failure: null, change)
            {
                NeverAttempted = HasToWait(conversationId),
            };
            await _store.SaveAsync(added, cancellationToken).ConfigureAwait(false);
            foreach (var superfluous in replaced)
                await RemoveAsync(superfluous.ClientMessageId, cancellationToken).ConfigureAwait(false);
            Show(added, isNew: true);

            return added;
        }
    }

    /// <summary>
    /// Bases the later edits of a message on its new version: the user wrote them after the edit that the server has just accepted.
    /// </summary>
    private async Task RebaseAsync(Message edited)
    {
        using (await _store.LockAsync(CancellationToken.None).ConfigureAwait(false))
        {
            foreach (var later in _messages.Rebase(edited.Id, edited.Version))
                await _store.TrySaveAsync(later).ConfigureAwait(false);
        }
    }
}
