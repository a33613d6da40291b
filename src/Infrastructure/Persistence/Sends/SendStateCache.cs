using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Realtime.Backplane;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// Quotas, wallets and conversations as this server's batches left them in the database: repeat senders skip the read. Entries are hints: the
/// write compares the values of each row (<see cref="QuotaVersion"/> and the others) and fails if one has changed. With several servers nothing is kept,
/// because most entries would be out of date.
/// </summary>
internal sealed class SendStateCache(BackplaneQueue? otherServers = null)
{
    /// <summary>How many of each are kept, and a group's more; then it begins anew.</summary>
    public const int Max = 10_000;

    /// <summary>Groups that are under way at the same time have no row in common, but all are kept here.</summary>
    private readonly Lock _gate = new();

    private readonly Dictionary<Guid, (MessageQuota Quota, Wallet Wallet)> _senders = [];
    private readonly Dictionary<Guid, Conversation> _conversations = [];
    private readonly HashSet<(Guid SenderId, Guid ClientMessageId)> _sent = [];

    /// <summary>
    /// Takes out what these sends need; null when something of it is not known, or when one of them was sent before. What they
    /// touch is known again only when it was stored.
    /// </summary>
    public SendBatchState? Take(IReadOnlyList<QueuedSend> sends)
    {
        var known = new SendBatchState();
        var isComplete = true;
        lock (_gate)
        {
            foreach (var keys in sends.Select(send => send.Keys))
            {
                if (_senders.Remove(keys.SenderId, out var sender))
                    known.Take(sender.Quota, sender.Wallet);
                if (_conversations.Remove(keys.ConversationId, out var conversation))
                    known.Take(conversation);
                isComplete &= known.Has(keys) && !WasSent(keys);
            }
        }

        return isComplete ? known : null;
    }

    /// <summary>Keeps what a group has left.</summary>
    public void Keep(SendBatchState stored)
    {
        if (otherServers is not null)
            return;

        lock (_gate)
        {
            // As good as any other way to keep within the bound, and the simplest.
            if (_senders.Count > Max || _conversations.Count > Max || _sent.Count > Max)
                Forget();

            foreach (var (quota, wallet) in stored.Senders)
                _senders[quota.UserId] = (AsStored(quota), AsStored(wallet));
            foreach (var conversation in stored.Conversations)
                _conversations[conversation.Id] = AsStored(conversation);
            foreach (var message in stored.Added)
            {
                if (message.ClientMessageId is { } clientMessageId)
                    _sent.Add((message.SenderId, clientMessageId));
            }
        }
    }

    /// <summary>Forgets everything, after a failure: what decisions were based on may differ from what is stored.</summary>
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

    private bool WasSent(SendBatchKey keys) => keys.ClientMessageId is { } clientMessageId && _sent.Contains((keys.SenderId, clientMessageId));

    private static MessageQuota AsStored(MessageQuota quota) =>
        MessageQuota.Restore(quota.UserId, quota.MessagesSentToday, quota.QuotaDate, quota.DailyFreeLimit, quota.PointsPerMessage);

    private static Wallet AsStored(Wallet wallet) => Wallet.Restore(wallet.UserId, wallet.Balance, wallet.LastNumber);

    private static Conversation AsStored(Conversation conversation) => Conversation.Restore(
        conversation.Id,
        ReaderOf(conversation, conversation.PairLow),
        ReaderOf(conversation, conversation.PairHigh),
        conversation.LastSequence,
        conversation.Revision,
        conversation.CreatedAt,
        conversation.LastActivityAt);

    private static (Guid UserId, long LastReadSequence) ReaderOf(Conversation conversation, Guid userId) =>
        (userId, conversation.EnsureParticipant(userId).LastReadSequence);
}
