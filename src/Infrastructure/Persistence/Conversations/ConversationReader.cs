using CleanMessaging.Application.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Users;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Conversations;

internal sealed class ConversationReader(RequestReader reader) : IConversationReader
{
    private const int Low = 6;
    private const int High = 11;
    private const int Unread = 16;
    private const int DefaultExpiration = 17;
    private const int LastMessage = 18;

    private static readonly string _select =
        $"""
        SELECT (viewer).user_id, (conversation).id, (conversation).last_sequence, (conversation).revision, (conversation).created_at,
               (conversation).last_activity_at,
               low_id, low_name, low_role, low_read, low_deactivated, high_id, high_name, high_role, high_read, high_deactivated, unread,
               (conversation).default_expiration_hours, {MessageRow.SelectList}, {ParticipantConfiguration.Columns.NamesOf("(viewer)")}
        """;

    private static readonly int _viewer = LastMessage + MessageRow.ColumnCount;

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

    public async Task<int> CountReceivedAsync(
        UserId viewerId,
        ConversationId conversationId,
        DateTimeOffset now,
        long beyond,
        long upTo,
        CancellationToken cancellationToken) =>
        (await reader.ReadAsync(
            Received(viewerId, conversationId, now, beyond, upTo), row => row.GetInt32(0), cancellationToken)).Single();

    public async Task<UnreadTotals> CountUnreadAsync(
        Guid viewerId, DateTimeOffset now, int mostEach, CancellationToken cancellationToken) =>
        (await reader.ReadAsync(
            Totals(viewerId, now, mostEach),
            row => new UnreadTotals(row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3)),
            cancellationToken)).Single();

    internal static ReadStatement List(
        Guid viewerId, ConversationFilter filter, DateTimeOffset now, ConversationPlace? after, int atMost) => new(
        $"{_select} FROM conversations_seen_by(ARRAY[$1], list_conversations($1, $2, $3, $4, $5), $6)",
        Parameter.Of(viewerId),
        Parameter.Of(NameOf(filter)),
        Parameter.OfNullable(after?.LastActivityAt.UtcDateTime),
        Parameter.OfNullable(after?.Id),
        Parameter.Of(atMost),
        Parameter.Of(now));

    internal static ReadStatement View(
        IReadOnlyList<UserId> viewerIds, IReadOnlyList<ConversationId> conversationIds, DateTimeOffset now) => new(
        $"{_select} FROM conversations_seen_by($1, $2, $3)",
        Parameter.Of(viewerIds.Select(id => id.Value).ToArray()),
        Parameter.Of(conversationIds.Select(id => id.Value).ToArray()),
        Parameter.Of(now));

    internal static ReadStatement Received(
        UserId viewerId, ConversationId conversationId, DateTimeOffset now, long beyond, long upTo) => new(
        "SELECT count_received($1, $2, $3, $4, $5)",
        Parameter.Of(conversationId.Value),
        Parameter.Of(viewerId.Value),
        Parameter.Of(now),
        Parameter.Of(beyond),
        Parameter.Of(upTo));

    internal static ReadStatement Totals(Guid viewerId, DateTimeOffset now, int mostEach) => new(
        "SELECT conversations, messages, archived_conversations, archived_messages FROM count_unread($1, $2, $3)",
        Parameter.Of(viewerId),
        Parameter.Of(now),
        Parameter.Of(mostEach));

    internal static ConversationView Map(NpgsqlDataReader row)
    {
        var id = row.GetGuid(1);
        var lastSequence = row.GetInt64(2);

        return new ConversationView(
            new UserId(row.GetGuid(0)),
            row.GetDateTime(5),
            new ConversationResponse(
                id,
                [ParticipantAt(row, Low), ParticipantAt(row, High)],
                row.IsDBNull(LastMessage) ? null : MessageRow.Read(row, LastMessage, id),
                row.GetInt32(Unread),
                lastSequence,
                row.GetInt64(3),
                row.GetDateTime(4),
                row.IsDBNull(DefaultExpiration) ? null : row.GetInt32(DefaultExpiration),
                PersonalState.Of(ParticipantConfiguration.Columns.Read(row, _viewer)!, lastSequence)));
    }

    /// <summary>Returns the name by which <c>list_conversations</c> knows a filter.</summary>
    private static string NameOf(ConversationFilter filter) => filter switch
    {
        ConversationFilter.Inbox => "inbox",
        ConversationFilter.Pinned => "pinned",
        ConversationFilter.Archived => "archived",
        _ => "all",
    };

    private static ParticipantResponse ParticipantAt(NpgsqlDataReader row, int first) => new(
        row.GetGuid(first),
        row.GetString(first + 1),
        Enum.Parse<UserRole>(row.GetString(first + 2)),
        row.GetInt64(first + 3),
        row.GetBoolean(first + 4));
}
