using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Persistence.Conversations;
using CleanMessaging.Infrastructure.Persistence.Quotas;
using CleanMessaging.Infrastructure.Persistence.Wallets;
using CleanMessaging.Infrastructure.Realtime.Backplane;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// Caches quotas, wallets and conversations as this server's batches left them in the database, so that repeat senders skip the read.
/// Entries are hints: the write compares the values of each row and fails if one has changed. With several servers nothing is cached,
/// because most entries would be out of date.
/// </summary>
/// <remarks>
/// Cached rows say nothing about other tables: no recipient counts as deactivated. The condition of the write finds those that are. Any
/// further state that a send depends on must be cached here, or be a condition of the write (docs/decisions/0029-comparing-values.md).
/// </remarks>
internal sealed class SendStateCache(BackplaneQueue? otherServers = null)
{
    /// <summary>The maximum number of entries of each kind, plus those of one batch. When it is exceeded, the cache is cleared.</summary>
    public const int Max = 10_000;

    /// <summary>Concurrent batches have no row in common, but they share this cache.</summary>
    private readonly Lock _gate = new();

    private readonly Dictionary<Guid, (MessageQuota Quota, Wallet Wallet)> _senders = [];
    private readonly Dictionary<Guid, (Conversation Conversation, byte[]? Key)> _conversations = [];
    private readonly HashSet<(UserId SenderId, ClientMessageId ClientMessageId)> _sent = [];

    /// <summary>
    /// Removes and returns the rows that these sends need. Returns null when a row is not cached, or when one of the sends is a repetition
    /// or has attachments, which are not cached. The rows are cached again only when the batch is stored.
    /// </summary>
    public SendBatchState? Take(IReadOnlyList<QueuedSend> sends)
    {
        var known = new SendBatchState();
        var isComplete = true;
        lock (_gate)
        {
            foreach (var request in sends.Select(send => send.Request))
            {
                if (_senders.Remove(request.SenderId, out var sender))
                {
                    known.Quotas.Add(sender.Quota);
                    known.Wallets.Add(sender.Wallet);
                }

                if (_conversations.Remove(request.ConversationId, out var cached))
                {
                    known.Conversations.Add(cached.Conversation);
                    if (cached.Key is not null)
                        known.Keys.Add(request.ConversationId, cached.Key);
                }

                isComplete &= known.Has(request.SenderId, request.ConversationId)
                    && !WasSent(request)
                    && request.Draft.AttachmentIds.Count == 0;
            }
        }

        return isComplete ? known : null;
    }

    /// <summary>Caches the rows of a batch as they were stored.</summary>
    public void Keep(SendBatchState stored)
    {
        if (otherServers is not null)
            return;

        lock (_gate)
        {
            // Clearing the whole cache is the simplest way to bound it, and no worse than others.
            if (_senders.Count > Max || _conversations.Count > Max || _sent.Count > Max)
                Forget();

            foreach (var quota in stored.Quotas.All)
            {
                _senders[quota.UserId] = (
                    QuotaConfiguration.Columns.Copy(quota), WalletConfiguration.Columns.Copy(stored.Wallets.Find(quota.UserId)!));
            }

            foreach (var conversation in stored.Conversations.All)
                _conversations[conversation.Id] = (ConversationConfiguration.Columns.Copy(conversation), stored.Keys.Find(conversation.Id));
            foreach (var message in stored.Added)
            {
                if (message.ClientMessageId is { } clientMessageId)
                    _sent.Add((new UserId(message.SenderId), new ClientMessageId(clientMessageId)));
            }
        }
    }

    /// <summary>Clears the cache after a failure: the cached rows may differ from the stored ones.</summary>
    public void Clear()
    {
        lock (_gate)
            Forget();
    }

    private void Forget()
    {
        _senders.Clear();
        _conversations.Clear();
        _sent.Clear();
    }

    private bool WasSent(SendRequest request) =>
        request.Draft.ClientMessageId is { } clientMessageId && _sent.Contains((request.SenderId, clientMessageId));
}
