using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Realtime.Bus;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// Quotas, wallets and conversations as this server's groups have left them in the database: who sends again soon is decided without
/// reading them. Nothing is true for being here: a row that anybody has written since has another version, and storing finds that out.
/// Where other servers write too, nothing is kept.
/// </summary>
internal sealed class KnownRows(BusQueue? otherServers = null)
{
    /// <summary>How many of each are kept, and a group's more; then it begins anew.</summary>
    public const int Max = 10_000;

    /// <summary>Groups that are under way at the same time have no row in common, but all are kept here.</summary>
    private readonly Lock _gate = new();

    private readonly Dictionary<Guid, (Loaded<MessageQuota> Quota, Loaded<Wallet> Wallet)> _senders = [];
    private readonly Dictionary<Guid, Loaded<Conversation>> _conversations = [];
    private readonly HashSet<(Guid SenderId, Guid ClientMessageId)> _sent = [];

    /// <summary>The processes of PostgreSQL that groups have talked to. At a new one the database may be another one: a standby that took over.</summary>
    private readonly HashSet<int> _backends = [];

    /// <summary>
    /// Takes out what these sends need; null when something of it is not known, or when one of them was sent before. Whatever happens to
    /// them then, what they touch is known again only when it was stored.
    /// </summary>
    /// <param name="backend">Who will be asked to store it; nothing is known to one who was never asked.</param>
    public LoadedSends? Take(IReadOnlyList<PendingSend> sends, int backend)
    {
        var known = new LoadedSends();
        var isComplete = true;
        lock (_gate)
        {
            if (_backends.Add(backend))
                Forget();

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
    /// <param name="version">That the rows have which the group has changed.</param>
    public void Keep(LoadedSends stored, uint version)
    {
        if (otherServers is not null)
            return;

        lock (_gate)
        {
            // As good as any other way to keep within the bound, and the simplest.
            if (_senders.Count > Max || _conversations.Count > Max || _sent.Count > Max)
                Forget();

            foreach (var (quota, wallet) in stored.Senders)
                _senders[quota.Aggregate.UserId] = (quota.Stored(AsStored(quota.Aggregate), version), wallet.Stored(AsStored(wallet.Aggregate), version));
            foreach (var conversation in stored.Conversations)
                _conversations[conversation.Aggregate.Id] = conversation.Stored(AsStored(conversation.Aggregate), version);
            foreach (var message in stored.Added)
            {
                if (message.ClientMessageId is { } clientMessageId)
                    _sent.Add((message.SenderId, clientMessageId));
            }
        }
    }

    /// <summary>Forgets everything: when it is not sure any more that the database is the one that it was.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            Forget();
            _backends.Clear();
        }
    }

    private void Forget()
    {
        _senders.Clear();
        _conversations.Clear();
        _sent.Clear();
    }

    private bool WasSent(SendKeys keys) => keys.ClientMessageId is { } clientMessageId && _sent.Contains((keys.SenderId, clientMessageId));

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
