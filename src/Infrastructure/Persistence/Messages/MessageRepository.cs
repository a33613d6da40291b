using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Retention;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Persistence.Conversations;
using CleanMessaging.Infrastructure.Telemetry;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

internal sealed partial class MessageRepository(
    MessagingDbContext context,
    NpgsqlDataSource dataSource,
    IRequestHasher hasher,
    MessageEncryption encryption,
    RetentionPolicy retention,
    MessagingMetrics metrics,
    ILogger<MessageRepository> logger)
    : IMessageRepository
{
    /// <summary>Returns the values of the conversation at the time of the lock.</summary>
    private static readonly string _lockConversation =
        $"""
        SELECT {ConversationConfiguration.Columns.NamesOf("conversation")} FROM conversations AS conversation
        WHERE id = (SELECT conversation_id FROM messages WHERE id = $1) AND (pair_low = $2 OR pair_high = $2)
        FOR NO KEY UPDATE
        """;

    private static readonly string _lockMessage =
        $"""
        SELECT {StoredMessage.SelectListOf("message")} FROM messages AS message
        WHERE id = $1 AND EXISTS (SELECT FROM conversations WHERE id = message.conversation_id AND (pair_low = $2 OR pair_high = $2))
        FOR NO KEY UPDATE
        """;

    public async Task<MessageToChange?> LoadToChangeAsync(MessageId messageId, UserId userId, CancellationToken cancellationToken)
    {
        var (loaded, isReadable) = await LoadAsync(messageId, userId, cancellationToken);
        if (loaded is null || !loaded.ViewerIds.Contains(userId))
            return null;

        return isReadable ? loaded : throw UnreadableMessageException.OfText(messageId);
    }

    public async Task<MessageToChange?> LoadToDeleteAsync(MessageId messageId, UserId userId, CancellationToken cancellationToken) =>
        (await LoadAsync(messageId, userId, cancellationToken)).Loaded;

    public Task EraseVersionsAsync(MessageId messageId, CancellationToken cancellationToken) =>
        context.MessageVersions.Where(version => version.MessageId == messageId.Value).ExecuteDeleteAsync(cancellationToken);

    internal static IEnumerable<ReadStatement> StatementsToChange(MessageId messageId, UserId userId)
    {
        yield return new ReadStatement(_lockConversation, Parameter.Of(messageId.Value), Parameter.Of(userId.Value));
        yield return new ReadStatement(_lockMessage, Parameter.Of(messageId.Value), Parameter.Of(userId.Value));
        yield return new ReadStatement("SELECT viewers_of_message($1)", Parameter.Of(messageId.Value));
    }

    /// <remarks>
    /// One round trip. The locks are separate statements, so the second one sees changes of the message that were committed while the first
    /// one was awaited.
    /// </remarks>
    private async Task<(MessageToChange? Loaded, bool IsReadable)> LoadAsync(
        MessageId messageId, UserId userId, CancellationToken cancellationToken)
    {
        await using var load = await context.CreateLockingBatchAsync(StatementsToChange(messageId, userId));
        await using var reader = await load.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return (null, true);

        var conversation = ConversationConfiguration.Columns.Read(reader, 0)!;
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var (message, isReadable) = StoredMessage.Read(reader, 0, encryption);
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var viewerIds = reader.GetFieldValue<Guid[]>(0);

        // EF Core tracks both as unchanged.
        context.Attach(conversation);
        context.Attach(message!);

        // Such a text can only be erased. EF Core has its stored form as the original value, so it stores the erasure.
        if (!isReadable)
            StoredMessage.SetContent(message!, "");

        return (new MessageToChange(message!, conversation, viewerIds), isReadable);
    }
}
