using System.Runtime.CompilerServices;

namespace CleanMessaging.Client;

/// <summary>
/// Enumerates the messages of an open conversation in order and each once: from the loaded ones if they cover the position, otherwise from
/// the server.
/// </summary>
internal sealed class MessageReader(
    TimelineStore store,
    Func<PagePosition, CancellationToken, Task<MessagePage>> get,
    ServerClock serverClock,
    TimeProvider clock,
    Backoff backoff)
{
    private const int PageMax = 100;

    /// <inheritdoc cref="ConversationTimeline.ReadAllAsync"/>
    public async IAsyncEnumerable<Message> ReadAllAsync(Guid? afterMessageId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await store.Loaded.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        var (after, last) = StartAfter(afterMessageId);
        var failures = 0;
        while (true)
        {
            var progress = store.Progress.Next;
            if (store.IsClosed)
                yield break;

            if (store.State.Failure is { } failure)
                throw failure;

            Batch batch;
            try
            {
                batch = await NextAsync(after, last, cancellationToken).ConfigureAwait(false);
                failures = 0;
            }
            catch (MessagingException exception) when (exception.IsTransient)
            {
                await backoff.PauseAsync(++failures, exception, progress, clock, cancellationToken).ConfigureAwait(false);
                continue;
            }

            foreach (var message in batch.Messages)
            {
                // The message may have expired while the consumer processed the previous one.
                if (message.IsVisibleAt(serverClock.Now))
                    yield return message;
            }

            after = batch.Messages is [.., var newest] ? newest.Id : after;
            last = batch.Last;
            if (batch.AtEnd)
                await progress.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// The start: the given message and its sequence (-1 when it is not loaded), or the newest message without a gap before it.
    /// </summary>
    private (Guid? After, long Last) StartAfter(Guid? after)
    {
        var state = store.State;

        return after is { } known
            ? (known, state.Messages.FirstOrDefault(message => message.Id == known)?.Sequence ?? -1)
            : (state.NewestComplete?.Id, state.Revisions.CompleteSequence);
    }

    /// <param name="after">The last message that was returned; null when there is none yet.</param>
    /// <param name="last">The sequence up to which all messages were returned; -1 when only <paramref name="after"/> is known.</param>
    private async Task<Batch> NextAsync(Guid? after, long last, CancellationToken cancellationToken)
    {
        var state = store.State;
        var complete = Math.Max(last, state.LoadedToSequence);
        var reachesBack = !state.HasEarlier || state.First?.Sequence <= last + 1;
        var reachesOn = !state.HasLater || last < state.LoadedToSequence;
        if (last >= 0 && reachesBack && reachesOn)
        {
            return new Batch(
                [.. state.Messages.Where(message => message.Sequence > last && message.Sequence <= complete)],
                complete,
                AtEnd: !state.HasLater);
        }

        var position = last >= 0 ? new PagePosition(PageMax, AfterSequence: last) : new PagePosition(PageMax, After: after);
        var page = await get(position, cancellationToken).ConfigureAwait(false);

        return new Batch(
            page.Messages, page.Messages is [.., var newest] ? newest.Sequence : complete, AtEnd: page.Messages.Count == 0 && last >= 0);
    }

    /// <param name="Last">The sequence up to which all messages are returned, including these.</param>
    /// <param name="AtEnd">Whether there are no more messages at the moment.</param>
    private sealed record Batch(IReadOnlyList<Message> Messages, long Last, bool AtEnd);
}
