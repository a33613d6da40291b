using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Postgres;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// The rows that the sends of a batch need: each quota, wallet and conversation once, so that a send is decided on the state that the previous one left. Stores the version
/// of each row as it was read, and the changes since.
/// </summary>
internal sealed class SendBatchState
{
    private readonly Dictionary<Guid, Loaded<MessageQuota, QuotaVersion>> _quotas = [];
    private readonly Dictionary<Guid, Loaded<Wallet, WalletVersion>> _wallets = [];
    private readonly Dictionary<Guid, Loaded<Conversation, ConversationVersion>> _conversations = [];
    private readonly Dictionary<(Guid SenderId, Guid ClientMessageId), Message> _known = [];
    private readonly HashSet<Guid> _deactivatedRecipients = [];
    private readonly List<Message> _added = [];

    public IEnumerable<(MessageQuota Quota, Wallet Wallet)> Senders =>
        _quotas.Select(quota => (quota.Value.Aggregate, _wallets[quota.Key].Aggregate));

    public IEnumerable<Conversation> Conversations => _conversations.Values.Select(conversation => conversation.Aggregate);

    public IReadOnlyList<Loaded<MessageQuota, QuotaVersion>> ChangedQuotas => ChangedOf(_quotas);

    public IReadOnlyList<Loaded<Wallet, WalletVersion>> ChangedWallets => ChangedOf(_wallets);

    public IReadOnlyList<Loaded<Conversation, ConversationVersion>> ChangedConversations => ChangedOf(_conversations);

    /// <summary>Whether every commit of the database waits for a standby.</summary>
    public bool HasSynchronousStandby { get; set; }

    /// <summary>New messages, in the order of the decisions.</summary>
    public IReadOnlyList<Message> Added => _added;

    public void Take(MessageQuota quota, Wallet wallet)
    {
        _quotas.TryAdd(quota.UserId, new Loaded<MessageQuota, QuotaVersion>(quota, QuotaVersion.Of(quota)));
        _wallets.TryAdd(wallet.UserId, new Loaded<Wallet, WalletVersion>(wallet, WalletVersion.Of(wallet)));
    }

    public void Take(Conversation conversation) =>
        _conversations.TryAdd(conversation.Id, new Loaded<Conversation, ConversationVersion>(conversation, ConversationVersion.Of(conversation)));

    public void Take(Message earlier) => _known[KeyOf(earlier)] = earlier;

    public void TakeDeactivatedRecipient(Guid senderId, Conversation conversation) => _deactivatedRecipients.Add(RecipientOf(senderId, conversation));

    /// <summary>Returns whether the state contains the sender and the conversation of a send.</summary>
    public bool Has(SendBatchKey keys) => _quotas.ContainsKey(keys.SenderId) && _conversations.ContainsKey(keys.ConversationId);

    /// <summary>The recipients of new messages, each once. The write verifies that none of them is deactivated.</summary>
    public IReadOnlyList<Guid> Recipients =>
        [.. _added.Select(message => RecipientOf(message.SenderId, _conversations[message.ConversationId].Aggregate)).Distinct()];

    /// <summary>Decides a send; returns the events to publish once it is stored.</summary>
    /// <exception cref="SendBatchAbortedException">The use case failed unexpectedly.</exception>
    public async Task<IReadOnlyList<IDomainEvent>> DecideAsync(QueuedSend send)
    {
        var context = ContextOf(send.Keys);
        var paidBefore = context?.Wallet.DomainEvents.Count ?? 0;
        if (context is null)
        {
            send.Reject(new DomainException(UserErrors.NotFound));

            return [];
        }

        if (await send.DecideAsync(context) is not { } message)
            return [];

        _added.Add(message);
        _quotas[send.Keys.SenderId].IsChanged = true;
        _conversations[message.ConversationId].IsChanged = true;
        var payments = context.Wallet.DomainEvents.Skip(paidBefore).ToList();
        _wallets[send.Keys.SenderId].IsChanged |= payments.Count > 0;
        if (message.ClientMessageId is not null)
            _known[KeyOf(message)] = message;

        return [.. payments, .. message.DomainEvents];
    }

    /// <summary>Ordered by id: every transaction that writes several of these rows uses this order.</summary>
    private static List<Loaded<T, TVersion>> ChangedOf<T, TVersion>(Dictionary<Guid, Loaded<T, TVersion>> rows) =>
        [.. rows.Where(row => row.Value.IsChanged).OrderBy(row => row.Key).Select(row => row.Value)];

    private SendContext? ContextOf(SendBatchKey keys)
    {
        if (!_quotas.TryGetValue(keys.SenderId, out var quota) || !_wallets.TryGetValue(keys.SenderId, out var wallet))
            return null;

        var earlier = keys.ClientMessageId is { } clientMessageId ? _known.GetValueOrDefault((keys.SenderId, clientMessageId)) : null;

        var conversation = _conversations.GetValueOrDefault(keys.ConversationId)?.Aggregate;
        var isRecipientDeactivated = conversation is not null && _deactivatedRecipients.Contains(RecipientOf(keys.SenderId, conversation));

        return new SendContext(quota.Aggregate, wallet.Aggregate, conversation, isRecipientDeactivated, earlier);
    }

    private static Guid RecipientOf(Guid senderId, Conversation conversation) =>
        conversation.PairLow == senderId ? conversation.PairHigh : conversation.PairLow;

    private static (Guid SenderId, Guid ClientMessageId) KeyOf(Message message) => (message.SenderId, message.ClientMessageId.GetValueOrDefault());
}

/// <summary>An aggregate as it was loaded.</summary>
/// <param name="version">The version of the row when it was read; the write compares it with the current one.</param>
internal sealed class Loaded<T, TVersion>(T aggregate, TVersion version)
{
    public T Aggregate { get; } = aggregate;

    public TVersion Version { get; } = version;

    /// <summary>Whether the aggregate has changed and must be stored.</summary>
    public bool IsChanged { get; set; }
}
