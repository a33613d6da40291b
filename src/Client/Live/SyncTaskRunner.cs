using System.Diagnostics;

namespace CleanMessaging.Client;

/// <summary>Runs the synchronization tasks of a session.</summary>
internal sealed class SyncTaskRunner(SessionCore session, ConversationSync sync, LiveEvents events, HubCalls hub)
{
    /// <summary>Runs a due task; returns the interval after which it is repeated, or null for never.</summary>
    public async Task<TimeSpan?> RunAsync(SyncTask task, CancellationToken cancellationToken)
    {
        switch (task)
        {
            case SyncTask.Conversation opened:
                if (session.Open.Find(opened.ConversationId) is not { } timeline)
                    return null;
                await sync.RunAsync(timeline, cancellationToken).ConfigureAwait(false);
                return session.Options.ConversationCheck;
            case SyncTask.List:
                foreach (var listed in await session.List.RefreshAsync(cancellationToken).ConfigureAwait(false))
                    events.OnConversationListed(listed);
                return hub.IsConnected ? session.Options.ListCheck : session.Options.PollInterval;
            case SyncTask.Quota:
                await session.Quota.RefreshAsync(cancellationToken).ConfigureAwait(false);
                return session.Options.QuotaCheck;
            case SyncTask.Rules:
                await session.Rules.RefreshAsync(cancellationToken).ConfigureAwait(false);
                return null;
            case SyncTask.Unread:
                await session.List.RefreshUnreadAsync(cancellationToken).ConfigureAwait(false);
                return null;
            case SyncTask.Preview preview:
                if (await session.List.RefreshPreviewAsync(preview.ConversationId, cancellationToken).ConfigureAwait(false) is { } current)
                    events.OnConversationReceived(current);
                return null;
            case SyncTask.Quotes quotes:
                await session.Quotes.RunAsync(quotes.ConversationId, cancellationToken).ConfigureAwait(false);
                return null;
            case SyncTask.ReadReceipt receipt:
                await session.Reads.SendAsync(receipt.ConversationId, cancellationToken).ConfigureAwait(false);
                return null;
            case SyncTask.Leave left:
                await sync.LeaveAsync(left.ConversationId, cancellationToken).ConfigureAwait(false);
                return null;
            default:
                throw new UnreachableException($"{task.GetType().Name} has no case.");
        }
    }
}
