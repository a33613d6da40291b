namespace CleanMessaging.Tests.Support;

/// <summary>Changes and reads rows directly in the database.</summary>
internal static class Rows
{
    /// <summary>Inserts messages after the existing ones, numbered as if they had been sent.</summary>
    /// <param name="expiresAt">An SQL expression with the number <c>n</c> (1 for the first message); <c>NULL</c> for no expiry.</param>
    public static Task FillAsync(this ApiServer server, Guid conversationId, Guid senderId, int count, string expiresAt = "NULL") =>
        server.ExecuteAsync(
            $"""
            INSERT INTO messages (id, conversation_id, sequence, revision, sender_id, content, created_at, updated_at, expires_at, is_expired, points_charged)
            SELECT gen_random_uuid(), c.id, c.last_sequence + n, c.revision + n, '{senderId}', 'Filled ' || (c.last_sequence + n),
                   c.last_activity_at + n * interval '1 microsecond', c.last_activity_at + n * interval '1 microsecond', {expiresAt}, false, 0
            FROM conversations AS c, generate_series(1, {count}) AS n WHERE c.id = '{conversationId}';
            UPDATE conversations SET last_sequence = last_sequence + {count}, revision = revision + {count},
                   last_activity_at = last_activity_at + {count} * interval '1 microsecond'
            WHERE id = '{conversationId}'
            """);

    /// <summary>Sets messages of a conversation to expired.</summary>
    /// <param name="which">An SQL condition on <c>messages</c>.</param>
    public static async Task ExpireAsync(this ApiServer server, Guid conversationId, string which)
    {
        var expired = await server.ExecuteAsync(
            $"UPDATE messages SET expires_at = now() - interval '1 second' WHERE conversation_id = '{conversationId}' AND ({which})");
        expired.ShouldBeGreaterThan(0);
    }

    /// <summary>Returns the number of rows of each table as one comparable text.</summary>
    public static Task<string> CountsAsync(this ApiServer server) =>
        server.QueryAsync<string>(
            """
            SELECT concat_ws(' ',
                'users', (SELECT count(*) FROM users), 'sessions', (SELECT count(*) FROM sessions),
                'conversations', (SELECT count(*) FROM conversations), 'messages', (SELECT count(*) FROM messages),
                'marks', (SELECT count(*) FROM read_marks), 'lines', (SELECT count(*) FROM wallet_transactions),
                'balance', (SELECT sum(balance) FROM wallets), 'sent', (SELECT sum(messages_sent_today) FROM message_quotas),
                'overrides', (SELECT count(*) FROM message_quotas WHERE daily_free_limit IS NOT NULL OR points_per_message IS NOT NULL),
                'revoked', (SELECT count(*) FROM sessions WHERE revoked_at IS NOT NULL))
            """);
}
