using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Persistence.Attachments;
using CleanMessaging.Infrastructure.Persistence.Conversations;
using CleanMessaging.Infrastructure.Persistence.Messages;
using CleanMessaging.Infrastructure.Persistence.Quotas;
using CleanMessaging.Infrastructure.Persistence.Wallets;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// The rows that the sends of a batch need: each quota, wallet and conversation once, so that a send is decided on the state that the
/// previous one left. Also stores each row as it was read. The statement that stores the changes compares these values with the current
/// ones.
/// </summary>
internal sealed class SendBatchState
{
    private readonly Dictionary<(UserId SenderId, ClientMessageId ClientMessageId), Message> _sent = [];
    private readonly HashSet<Guid> _deactivatedUsers = [];
    private readonly List<Message> _added = [];
    private HashSet<Message>? _unreadable;

    public LoadedRows<MessageQuota> Quotas { get; } = new(QuotaConfiguration.Columns, quota => quota.UserId);

    public LoadedRows<Wallet> Wallets { get; } = new(WalletConfiguration.Columns, wallet => wallet.UserId);

    public LoadedRows<Conversation> Conversations { get; } = new(ConversationConfiguration.Columns, conversation => conversation.Id);

    /// <summary>The attachments that the sends name, as far as they exist.</summary>
    public LoadedRows<Attachment> Attachments { get; } = new(AttachmentConfiguration.Columns, attachment => attachment.Id);

    /// <summary>The keys of the conversations, if messages are encrypted.</summary>
    public ConversationKeys Keys { get; } = new();

    /// <summary>New messages, in the order of the decisions.</summary>
    public IReadOnlyList<Message> Added => _added;

    /// <summary>Whether every commit of the database waits for a standby.</summary>
    public bool HasSynchronousStandby { get; set; }

    /// <summary>Adds the message of an earlier send, which a send of the batch may repeat.</summary>
    public void AddEarlier(Message message)
    {
        if (message.ClientMessageId is { } clientMessageId)
            _sent[(new UserId(message.SenderId), new ClientMessageId(clientMessageId))] = message;
    }

    /// <summary>Adds the message of an earlier send, whose text cannot be decrypted. No send can be compared with it.</summary>
    public void AddUnreadable(Message message)
    {
        (_unreadable ??= []).Add(message);
        AddEarlier(message);
    }

    public void AddDeactivatedUser(Guid userId) => _deactivatedUsers.Add(userId);

    /// <summary>Returns whether the state has the rows of a sender and a conversation.</summary>
    public bool Has(UserId senderId, ConversationId conversationId) =>
        Quotas.Has(senderId) && Wallets.Has(senderId) && Conversations.Has(conversationId);

    /// <summary>Decides a send on the state that the previous decisions left.</summary>
    /// <exception cref="DomainException">The send is rejected; the state is unchanged.</exception>
    /// <exception cref="UnreadableMessageException">
    /// The text of the earlier send, or the key of the conversation, cannot be decrypted; the state is unchanged.
    /// </exception>
    public SendDecision Decide(
        SendRequest request, QuotaPolicy policy, IRequestHasher hasher, MessageEncryption encryption, DateTimeOffset now)
    {
        var conversation = Conversations.Find(request.ConversationId);
        var earlier = request.Draft.ClientMessageId is { } clientMessageId
            ? _sent.GetValueOrDefault((request.SenderId, clientMessageId))
            : null;
        if (earlier is not null && _unreadable?.Contains(earlier) is true)
            throw UnreadableMessageException.OfText(new MessageId(earlier.Id));

        if (Keys.Find(request.ConversationId) is { } key && !encryption.TryKeep(request.ConversationId, key))
            throw UnreadableMessageException.OfKey(request.ConversationId);

        var state = new SendState(
            Quotas.Find(request.SenderId) ?? throw new DomainException(UserErrors.NotFound),
            Wallets.Find(request.SenderId) ?? throw new DomainException(UserErrors.NotFound),
            conversation,
            conversation is not null && _deactivatedUsers.Contains(conversation.OtherThan(request.SenderId)),
            earlier,
            request.Draft.AttachmentIds.Count == 0 ? [] : FindAttachments(request.Draft.AttachmentIds));

        var decision = SendDecision.Decide(state, request, policy, hasher, now);
        if (!decision.IsReplay)
        {
            _added.Add(decision.Message);
            AddEarlier(decision.Message);
        }

        return decision;
    }

    private List<Attachment> FindAttachments(IReadOnlyList<AttachmentId> ids)
    {
        var found = new List<Attachment>(ids.Count);
        foreach (var id in ids)
        {
            if (Attachments.Find(id) is { } attachment)
                found.Add(attachment);
        }

        return found;
    }

    /// <summary>Returns what the decisions have changed.</summary>
    /// <exception cref="InvalidOperationException">
    /// A decision has added read marks or hidden messages, which no statement of a batch stores.
    /// </exception>
    public SendChanges GetChanges(MessageEncryption encryption)
    {
        if (Conversations.All.Any(conversation => conversation.NewReadMarks.Count + conversation.NewHiddenMessages.Count > 0))
            throw new InvalidOperationException("A send batch stores neither read marks nor hidden messages.");

        var wallets = Wallets.GetChanges();

        return new SendChanges(
            Quotas.GetChanges(),
            wallets,
            Conversations.GetChanges(),
            Attachments.GetChanges(),
            _added,
            encryption.IsOn ? [.. _added.Select(message => Encrypt(message, encryption))] : null,
            Keys,
            [.. wallets.After.SelectMany(wallet => wallet.NewTransactions)],
            [.. _added.Select(message => Conversations.Find(message.ConversationId)!.OtherThan(message.SenderId)).Distinct()]);
    }

    private string Encrypt(Message message, MessageEncryption encryption) => message.Content.Length == 0
        ? ""
        : encryption.Encrypt(
            TextPlace.Of(message), Keys.FindOrCreate(message.ConversationId, encryption.CreateKey), message.Content);
}

/// <summary>The rows of one table, each with a copy of its values as they were read.</summary>
internal sealed class LoadedRows<TRow>(TableColumns<TRow> columns, Func<TRow, Guid> idOf)
    where TRow : class
{
    private readonly Dictionary<Guid, (TRow Before, TRow Current)> _rows = [];

    public IEnumerable<TRow> All => _rows.Values.Select(row => row.Current);

    /// <summary>Adds a row as it was read; does nothing if the row was added before.</summary>
    public void Add(TRow row)
    {
        if (!_rows.ContainsKey(idOf(row)))
            _rows.Add(idOf(row), (columns.Copy(row), row));
    }

    public bool Has(Guid id) => _rows.ContainsKey(id);

    public TRow? Find(Guid id) => _rows.GetValueOrDefault(id).Current;

    /// <summary>
    /// Returns the rows with changed values, ordered by id: every transaction that writes several rows of a table uses this order.
    /// </summary>
    public RowChanges<TRow> GetChanges()
    {
        var changed = _rows
            .Where(row => columns.HasChanged(row.Value.Before, row.Value.Current))
            .OrderBy(row => row.Key)
            .Select(row => row.Value)
            .ToList();

        return new RowChanges<TRow>(changed.ConvertAll(row => row.Before), changed.ConvertAll(row => row.Current));
    }
}

/// <summary>Changed rows of one table, before and after the change, in the same order.</summary>
internal sealed record RowChanges<TRow>(IReadOnlyList<TRow> Before, IReadOnlyList<TRow> After);

/// <summary>The changes of a batch.</summary>
/// <param name="Attachments">The attachments that become part of the new messages.</param>
/// <param name="EncryptedTexts">The texts of the messages, in their order and encrypted; null if messages are not encrypted.</param>
/// <param name="Recipients">The recipients of the new messages, each once. The statement verifies that none of them is deactivated.</param>
internal sealed record SendChanges(
    RowChanges<MessageQuota> Quotas,
    RowChanges<Wallet> Wallets,
    RowChanges<Conversation> Conversations,
    RowChanges<Attachment> Attachments,
    IReadOnlyList<Message> Messages,
    string[]? EncryptedTexts,
    ConversationKeys Keys,
    IReadOnlyList<WalletTransaction> LedgerLines,
    IReadOnlyList<Guid> Recipients);
