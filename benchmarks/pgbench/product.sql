-- One free send in the product's own two statements, each a round trip and the second a commit: what PostgreSQL allows when every send is
-- a batch of its own. The product stores several sends with the second statement.
\set n random(1, :pairs)
SELECT p.investor_id AS sender, p.conversation_id AS conversation, gen_random_uuid() AS client_id,
       q.messages_sent_today AS was_sent, q.messages_sent_today + 1 AS sent,
       c.revision AS was_revision, c.last_sequence + 1 AS sequence, c.revision + 1 AS revision
FROM benchmark_pairs AS p
JOIN message_quotas AS q ON q.user_id = p.investor_id
JOIN wallets AS w ON w.user_id = p.investor_id
LEFT JOIN conversations AS c ON c.id = p.conversation_id
LEFT JOIN messages AS m ON m.sender_id = p.investor_id AND m.client_message_id = NULL::uuid
WHERE p.n = :n \gset
WITH quota AS (
    UPDATE message_quotas SET messages_sent_today = new.sent, quota_date = new.day
    FROM unnest(ARRAY[:sender::uuid], ARRAY[:was_sent::integer], ARRAY[:sent::integer], ARRAY[current_date]) AS new(id, was_sent, sent, day)
    WHERE user_id = new.id AND message_quotas.messages_sent_today = new.was_sent
    RETURNING 1),
conversation AS (
    UPDATE conversations SET last_sequence = new.sequence, revision = new.revision, last_activity_at = new.activity
    FROM unnest(ARRAY[:conversation::uuid], ARRAY[:was_revision::bigint], ARRAY[:sequence::bigint], ARRAY[:revision::bigint], ARRAY[now()])
        AS new(id, was_revision, sequence, revision, activity)
    WHERE conversations.id = new.id AND conversations.revision = new.was_revision
    RETURNING 1),
message AS (
    INSERT INTO messages (id, conversation_id, sequence, revision, sender_id, content, created_at, updated_at, expires_at, is_expired, client_message_id, points_charged)
    SELECT gen_random_uuid(), :conversation::uuid, :sequence::bigint, :revision::bigint, :sender::uuid,
           'Shall we talk about the second round on Thursday, before the board meets?', now(), now(), NULL, false, :client_id::uuid, 0
    WHERE EXISTS (SELECT FROM quota) AND EXISTS (SELECT FROM conversation))
SELECT count(*) FROM conversation;
