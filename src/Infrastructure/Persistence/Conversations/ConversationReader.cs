using System.Linq.Expressions;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Users;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Conversations;

internal sealed class ConversationReader(RequestReader reader) : IConversationReader
{
    private static readonly SelectList _columns = new();
    private static readonly int _id = Add(conversation => conversation.Id);
    private static readonly int _lastSequence = Add(conversation => conversation.LastSequence);
    private static readonly int _revision = Add(conversation => conversation.Revision);
    private static readonly int _createdAt = Add(conversation => conversation.CreatedAt);
    private static readonly int _lastActivityAt = Add(conversation => conversation.LastActivityAt);
    private static readonly int _defaultExpirationHours = Add(conversation => conversation.DefaultExpirationHours);
    private static readonly int _defaultExpirationSetBy = Add(conversation => conversation.DefaultExpirationSetBy);
    private static readonly ParticipantColumns _low = new("low");
    private static readonly ParticipantColumns _high = new("high");
    private static readonly int _unread = _columns.Add("unread");
    private static readonly int _lastMessage = _columns.Add(MessageRow.Columns);
    private static readonly int _viewer = _columns.Add("(viewer)", ParticipantConfiguration.Columns);

    private static readonly SelectList _totals = new();
    private static readonly int _conversations = _totals.Add("conversations");
    private static readonly int _messages = _totals.Add("messages");
    private static readonly int _archivedConversations = _totals.Add("archived_conversations");
    private static readonly int _archivedMessages = _totals.Add("archived_messages");

    private static readonly string _select = $"SELECT {_columns}";
    private static readonly string _countUnread = $"SELECT {_totals} FROM count_unread($1, $2, $3)";

    public async Task<IReadOnlyList<ConversationView>> ListAsync(
        Guid viewerId,
        ConversationFilter filter,
        DateTimeOffset now,
        ConversationPlace? after,
        int atMost,
        CancellationToken cancellationToken) =>
        await reader.ReadAsync(List(viewerId, filter, now, after, atMost), Map, cancellationToken);

    public async Task<IReadOnlyList<ConversationView>> ViewAsync(
        IReadOnlyList<UserId> viewerIds,
        IReadOnlyList<ConversationId> conversationIds,
        DateTimeOffset now,
        CancellationToken cancellationToken) =>
        await reader.ReadAsync(View(viewerIds, conversationIds, now), Map, cancellationToken);

    public async Task<UnreadTotals> CountUnreadAsync(
        Guid viewerId, DateTimeOffset now, int mostEach, CancellationToken cancellationToken) =>
        (await reader.ReadAsync(
            Totals(viewerId, now, mostEach),
            row => new UnreadTotals(
                row.GetInt32(_conversations),
                row.GetInt32(_messages),
                row.GetInt32(_archivedConversations),
                row.GetInt32(_archivedMessages)),
            cancellationToken)).Single();

    internal static ReadStatement List(
        Guid viewerId, ConversationFilter filter, DateTimeOffset now, ConversationPlace? after, int atMost) => new(
        $"{_select} FROM conversations_shown_to(ARRAY[$1], list_conversations($1, $2, $3, $4, $5), $6)",
        Parameter.Of(viewerId),
        Parameter.Of(ConversationFilterName.Of(filter)),
        Parameter.OfNullable(after?.LastActivityAt.UtcDateTime),
        Parameter.OfNullable(after?.Id),
        Parameter.Of(atMost),
        Parameter.Of(now));

    internal static ReadStatement View(
        IReadOnlyList<UserId> viewerIds, IReadOnlyList<ConversationId> conversationIds, DateTimeOffset now) => new(
        $"{_select} FROM conversations_shown_to($1, $2, $3)",
        Parameter.Of(viewerIds.Select(id => id.Value).ToArray()),
        Parameter.Of(conversationIds.Select(id => id.Value).ToArray()),
        Parameter.Of(now));

    internal static ReadStatement Totals(Guid viewerId, DateTimeOffset now, int mostEach) => new(
        _countUnread,
        Parameter.Of(viewerId),
        Parameter.Of(now),
        Parameter.Of(mostEach));

    internal static ConversationView Map(NpgsqlDataReader row, MessageTexts texts)
    {
        var viewer = ParticipantConfiguration.Columns.Read(row, _viewer)!;
        var id = row.GetGuid(_id);
        var lastSequence = row.GetInt64(_lastSequence);

        return new ConversationView(
            new UserId(viewer.UserId),
            row.GetDateTime(_lastActivityAt),
            new ConversationResponse(
                id,
                [_low.Read(row), _high.Read(row)],
                MessageRow.IsEmpty(row, _lastMessage) ? null : MessageRow.Read(row, _lastMessage, id, texts),
                row.GetInt32(_unread),
                lastSequence,
                row.GetInt64(_revision),
                row.GetDateTime(_createdAt),
                row.IsDBNull(_defaultExpirationHours) ? null : row.GetInt32(_defaultExpirationHours),
                row.IsDBNull(_defaultExpirationSetBy) ? null : row.GetGuid(_defaultExpirationSetBy),
                PersonalState.Of(viewer, lastSequence)));
    }

    private static int Add<TValue>(Expression<Func<Conversation, TValue>> property) =>
        _columns.Add("(conversation)", ConversationConfiguration.Columns, property);

    /// <summary>The columns of one of the two participants.</summary>
    /// <param name="side">The prefix of their names: <c>low</c> or <c>high</c>.</param>
    private sealed class ParticipantColumns(string side)
    {
        private readonly int _id = _columns.Add($"{side}_id");
        private readonly int _name = _columns.Add($"{side}_name");
        private readonly int _role = _columns.Add($"{side}_role");
        private readonly int _read = _columns.Add($"{side}_read");
        private readonly int _deactivated = _columns.Add($"{side}_deactivated");
        private readonly int _avatar = _columns.Add($"{side}_avatar");

        public ParticipantResponse Read(NpgsqlDataReader row) => new(
            row.GetGuid(_id),
            row.GetString(_name),
            Enum.Parse<UserRole>(row.GetString(_role)),
            row.GetInt64(_read),
            row.GetBoolean(_deactivated),
            row.IsDBNull(_avatar) ? null : row.GetGuid(_avatar));
    }
}
