-- One free send as the bare reference makes it: all statements in one pipelined batch.
\set n random(1, :pairs)
\startpipeline
UPDATE message_quotas SET quota_date = current_date, messages_sent_today = CASE WHEN quota_date = current_date THEN messages_sent_today + 1 ELSE 1 END
WHERE user_id = (SELECT investor_id FROM benchmark_pairs WHERE n = :n);
UPDATE conversations SET last_sequence = last_sequence + 1, revision = revision + 1, last_activity_at = greatest(now(), last_activity_at + interval '1 microsecond')
WHERE id = (SELECT conversation_id FROM benchmark_pairs WHERE n = :n);
INSERT INTO messages (id, conversation_id, sequence, revision, sender_id, content, created_at, updated_at, expires_at, is_expired, client_message_id, points_charged)
SELECT gen_random_uuid(), c.id, c.last_sequence, c.revision, p.investor_id,
       'Shall we talk about the second round on Thursday, before the board meets?', c.last_activity_at, c.last_activity_at, NULL, false, gen_random_uuid(), 0
FROM benchmark_pairs AS p JOIN conversations AS c ON c.id = p.conversation_id WHERE p.n = :n;
\endpipeline
