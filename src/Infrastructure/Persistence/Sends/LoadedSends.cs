using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// What a group's sends need, each quota, wallet and conversation once, so that a send is decided upon what the one before has left. Knows
/// the version of each row as it was read, and what has changed since.
/// </summary>
internal sealed class LoadedSends
{
    private readonly Dictionary<Guid, Loaded<MessageQuota>> _quotas = [];
    private readonly Dictionary<Guid, Loaded<Wallet>> _wallets = [];
    private readonly Dictionary<Guid, Loaded<Conversation>> _conversations = [];
    private readonly Dictionary<(Guid SenderId, Guid ClientMessageId), Message> _known = [];
    private readonly List<Message> _added = [];

    public IEnumerable<(Loaded<MessageQuota> Quota, Loaded<Wallet> Wallet)> Senders => _quotas.Select(quota => (quota.Value, _wallets[quota.Key]));

    public IEnumerable<Loaded<Conversation>> Conversations => _conversations.Values;

    public IReadOnlyList<Loaded<MessageQuota>> ChangedQuotas => ChangedOf(_quotas);

    public IReadOnlyList<Loaded<Wallet>> ChangedWallets => ChangedOf(_wallets);

    public IReadOnlyList<Loaded<Conversation>> ChangedConversations => ChangedOf(_conversations);

    /// <summary>New messages, in the order of the decisions.</summary>
    public IReadOnlyList<Message> Added => _added;

    public void Take(Loaded<MessageQuota> quota, Loaded<Wallet> wallet)
    {
        _quotas.TryAdd(quota.Aggregate.UserId, quota);
        _wallets.TryAdd(wallet.Aggregate.UserId, wallet);
    }

    public void Take(Loaded<Conversation> conversation) => _conversations.TryAdd(conversation.Aggregate.Id, conversation);

    public void Take(Message earlier) => _known[KeyOf(earlier)] = earlier;

    /// <summary>Whether a send's sender and conversation are here.</summary>
    public bool Has(SendKeys keys) => _quotas.ContainsKey(keys.SenderId) && _conversations.ContainsKey(keys.ConversationId);

    /// <summary>Lets a send be decided; returns what it has made true, once it is stored.</summary>
    /// <exception cref="GroupDissolvedException">Deciding failed half-way.</exception>
    public async Task<IReadOnlyList<IDomainEvent>> DecideAsync(PendingSend send)
    {
        var context = ContextOf(send.Keys);
        var paidBefore = context?.Wallet.DomainEvents.Count ?? 0;
        if (context is null)
        {
            send.Refuse(new DomainException(UserErrors.NotFound));

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

    /// <summary>In the order of their ids: everybody who writes several of them does so in this order.</summary>
    private static List<Loaded<T>> ChangedOf<T>(Dictionary<Guid, Loaded<T>> rows) =>
        [.. rows.Where(row => row.Value.IsChanged).OrderBy(row => row.Key).Select(row => row.Value)];

    private SendContext? ContextOf(SendKeys keys)
    {
        if (!_quotas.TryGetValue(keys.SenderId, out var quota) || !_wallets.TryGetValue(keys.SenderId, out var wallet))
            return null;

        var earlier = keys.ClientMessageId is { } clientMessageId ? _known.GetValueOrDefault((keys.SenderId, clientMessageId)) : null;

        return new SendContext(quota.Aggregate, wallet.Aggregate, _conversations.GetValueOrDefault(keys.ConversationId)?.Aggregate, earlier);
    }

    private static (Guid SenderId, Guid ClientMessageId) KeyOf(Message message) => (message.SenderId, message.ClientMessageId.GetValueOrDefault());
}

/// <summary>An aggregate as it was loaded.</summary>
/// <param name="version">PostgreSQL's mark of who wrote the row last: another one means that somebody was faster.</param>
internal sealed class Loaded<T>(T aggregate, uint version)
{
    public T Aggregate { get; } = aggregate;

    public uint Version { get; } = version;

    /// <summary>Whether it has to be stored.</summary>
    public bool IsChanged { get; set; }

    /// <summary>The same row, after what was changed has been stored under another version.</summary>
    /// <param name="aggregate">As the row has it, without what has happened to it.</param>
    public Loaded<T> Stored(T aggregate, uint newVersion) => new(aggregate, IsChanged ? newVersion : Version);
}
