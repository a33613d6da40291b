namespace CleanMessaging.Fault.Tests.Load;

/// <summary>The rows that a load stored in the database, read with SQL.</summary>
internal sealed record Stored(
    IReadOnlyList<StoredMessage> Messages,
    IReadOnlyList<StoredConversation> Conversations,
    IReadOnlyList<StoredWallet> Wallets,
    IReadOnlyList<StoredLine> Lines)
{
    public static async Task<Stored> ReadAsync(Database database) => new(
        await database.RowsAsync(
            "SELECT id, conversation_id, sequence, revision, sender_id, content, client_message_id, points_charged, created_at FROM "
                + "messages "
            + "ORDER BY conversation_id, sequence",
            row => new StoredMessage(
                row.GetGuid(0),
                row.GetGuid(1),
                row.GetInt64(2),
                row.GetInt64(3),
                row.GetGuid(4),
                row.GetString(5),
                row.IsDBNull(6) ? null : row.GetGuid(6),
                row.GetInt64(7),
                row.GetFieldValue<DateTimeOffset>(8))),
        await database.RowsAsync(
            "SELECT id, last_sequence, revision FROM conversations", row => new StoredConversation(
                row.GetGuid(0), row.GetInt64(1), row.GetInt64(2))),
        await database.RowsAsync(
            "SELECT user_id, balance, last_number, messages_sent_today, quota_date, daily_free_limit FROM wallets JOIN message_quotas "
                + "USING (user_id)",
            row => new StoredWallet(
                row.GetGuid(0),
                row.GetInt64(1),
                row.GetInt64(2),
                row.GetInt32(3),
                row.GetFieldValue<DateOnly>(4),
                row.IsDBNull(5) ? null : row.GetInt32(5))),
        await database.RowsAsync(
            "SELECT user_id, number, type, amount, balance_after, message_id, idempotency_key FROM wallet_transactions ORDER BY user_id, "
                + "number",
            row => new StoredLine(
                row.GetGuid(0),
                row.GetInt64(1),
                row.GetString(2),
                row.GetInt64(3),
                row.GetInt64(4),
                row.IsDBNull(5) ? null : row.GetGuid(5),
                row.IsDBNull(6) ? null : row.GetString(6))));
}

internal sealed record StoredMessage(
    Guid Id, Guid ConversationId, long Sequence, long Revision, Guid SenderId, string Content, Guid? Key, long Charge,
    DateTimeOffset CreatedAt);

internal sealed record StoredConversation(Guid Id, long LastSequence, long Revision);

/// <summary>A user's wallet and quota.</summary>
internal sealed record StoredWallet(Guid UserId, long Balance, long LastNumber, int SentToday, DateOnly QuotaDate, int? FreeLimit);

/// <summary>A line of the ledger.</summary>
internal sealed record StoredLine(
    Guid UserId, long Number, string Type, long Amount, long BalanceAfter, Guid? MessageId, string? IdempotencyKey);
