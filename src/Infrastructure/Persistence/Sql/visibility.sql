-- The visibility rule and the functions that read by it. Migrations run this file again whenever it changes, so every statement can be repeated.
--
-- During a rolling upgrade servers of the previous version use the schema of the new one. Therefore:
-- * A function never changes its parameters or its result; a new form gets a new name or other parameters.
-- * previous_versions.sql, which runs after this file, keeps the functions that previous versions call. They follow the same rule.
-- * Functions that return whole rows of messages have each further column at once.
-- * A body may name a column that a later migration adds, because a new database runs the current file with an earlier migration.
--
-- The rule is also MessageVisibility in the domain; a test compares both for random messages.
--
-- A viewer does not see messages that they have cleared (participants.cleared_through) or hidden (hidden_messages). Functions skip cleared messages by their sequence. As nearly
-- all viewers have hidden nothing, functions pass NULL as the viewer to is_visible unless hidden_count is above 0: {hider of own} is the viewer
-- if they have hidden messages, otherwise NULL.

-- The functions are a template. The end of the file replaces the parts in braces, such as {read_at of message}, and executes the text. {newest first from x} depends on whether
-- the index for expiring messages exists.

SET LOCAL check_function_bodies = off;

-- Whether a viewer has hidden a message. PostgreSQL caches the plan of the first calls. While the table is small, that plan would be a sequential scan.
CREATE OR REPLACE FUNCTION is_hidden(of_conversation uuid, of_sequence bigint, viewer uuid) RETURNS boolean LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
    RETURN EXISTS (SELECT FROM hidden_messages WHERE conversation_id = of_conversation AND user_id = viewer AND sequence = of_sequence);
END $$;

-- Whether a viewer sees a message that they have not cleared; for no viewer, whether participants see it who have not hidden it either.
CREATE OR REPLACE FUNCTION is_visible(message messages, viewer uuid, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT message.deleted_at IS NULL AND (message.expires_at IS NULL OR message.expires_at > at)
       AND (viewer IS NULL OR NOT is_hidden(message.conversation_id, message.sequence, viewer))
$$;

-- Whether a viewer sees that a message was deleted. The tombstone of a message expires with it.
CREATE OR REPLACE FUNCTION is_tombstone(message messages, viewer uuid, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT message.deleted_at IS NOT NULL AND (message.expires_at IS NULL OR message.expires_at > at)
       AND (viewer IS NULL OR NOT is_hidden(message.conversation_id, message.sequence, viewer))
$$;

DO $file$
DECLARE
    functions text;

    -- Without this index, whose extension may be missing, the functions scan by sequence.
    has_nearest boolean := to_regclass('ix_messages_expiring') IS NOT NULL;
BEGIN

functions := $functions$

-- The newest messages between two sequences, both excluded, that a viewer sees at an instant. The nearest rows are enough in most conversations. Only the two
-- statements after them depend on the kinds of invisible messages: they skip any number of expired ones by an index, and is_visible decides as everywhere.
CREATE OR REPLACE FUNCTION newest_visible(of_conversation uuid, viewer uuid, at timestamptz, beyond bigint, below bigint, most int)
RETURNS SETOF messages LANGUAGE plpgsql STABLE ROWS 50 {settings} AS $$
DECLARE
    taken int;
    next_below bigint;
BEGIN
    RETURN QUERY
        SELECT nearest.* FROM (
            SELECT * FROM messages
            WHERE conversation_id = of_conversation AND sequence > beyond AND sequence < below
            ORDER BY sequence DESC LIMIT most + 200) AS nearest
        WHERE is_visible(nearest::messages, viewer, at)
        ORDER BY sequence DESC LIMIT most;
    GET DIAGNOSTICS taken = ROW_COUNT;
    IF taken = most THEN
        RETURN;
    END IF;

    SELECT sequence INTO next_below FROM messages
    WHERE conversation_id = of_conversation AND sequence > beyond AND sequence < below
    ORDER BY sequence DESC OFFSET most + 199 LIMIT 1;
    IF next_below IS NULL THEN
        RETURN;
    END IF;

    RETURN QUERY
        SELECT * FROM (
            (SELECT * FROM messages AS lasting
             WHERE conversation_id = of_conversation AND expires_at IS NULL AND deleted_at IS NULL AND sequence > beyond AND sequence < next_below
               AND is_visible(lasting, viewer, at)
             ORDER BY sequence DESC LIMIT most - taken)
            UNION ALL
            (SELECT * FROM messages AS expiring
             WHERE conversation_id = of_conversation AND expires_at > at AND deleted_at IS NULL AND sequence > beyond AND sequence < next_below
               AND is_visible(expiring, viewer, at)
             ORDER BY {newest first from next_below} LIMIT most - taken)) AS farther
        ORDER BY sequence DESC LIMIT most - taken;
END $$;

-- The oldest messages between two sequences, both excluded, that a viewer sees at an instant.
CREATE OR REPLACE FUNCTION oldest_visible(of_conversation uuid, viewer uuid, at timestamptz, beyond bigint, below bigint, most int)
RETURNS SETOF messages LANGUAGE plpgsql STABLE ROWS 50 {settings} AS $$
DECLARE
    taken int;
    next_beyond bigint;
BEGIN
    RETURN QUERY
        SELECT nearest.* FROM (
            SELECT * FROM messages
            WHERE conversation_id = of_conversation AND sequence > beyond AND sequence < below
            ORDER BY sequence LIMIT most + 200) AS nearest
        WHERE is_visible(nearest::messages, viewer, at)
        ORDER BY sequence LIMIT most;
    GET DIAGNOSTICS taken = ROW_COUNT;
    IF taken = most THEN
        RETURN;
    END IF;

    SELECT sequence INTO next_beyond FROM messages
    WHERE conversation_id = of_conversation AND sequence > beyond AND sequence < below
    ORDER BY sequence OFFSET most + 199 LIMIT 1;
    IF next_beyond IS NULL THEN
        RETURN;
    END IF;

    RETURN QUERY
        SELECT * FROM (
            (SELECT * FROM messages AS lasting
             WHERE conversation_id = of_conversation AND expires_at IS NULL AND deleted_at IS NULL AND sequence > next_beyond AND sequence < below
               AND is_visible(lasting, viewer, at)
             ORDER BY sequence LIMIT most - taken)
            UNION ALL
            (SELECT * FROM messages AS expiring
             WHERE conversation_id = of_conversation AND expires_at > at AND deleted_at IS NULL AND sequence > next_beyond AND sequence < below
               AND is_visible(expiring, viewer, at)
             ORDER BY {oldest first from next_beyond} LIMIT most - taken)) AS farther
        ORDER BY sequence LIMIT most - taken;
END $$;

-- A page of messages before or after an anchor, as a viewer sees them at an instant, and after them the tombstones on the same side of the anchor, the nearest first. No row
-- if the viewer is not a participant; one row without a message for an empty page or an unknown anchor. read_at is the time of the first read mark of the other participant
-- at or after the message.
CREATE OR REPLACE FUNCTION page_of_messages(
    viewer uuid, of_conversation uuid, at timestamptz, is_newer boolean, anchor uuid, anchor_sequence bigint, most int, most_deleted int)
RETURNS TABLE (message messages, read_at timestamptz, is_anchor_known boolean, is_more_behind boolean)
LANGUAGE plpgsql STABLE ROWS 50 {settings} AS $$
#variable_conflict use_column
DECLARE
    place bigint := anchor_sequence;
    own_pointer bigint;
    other_pointer bigint;
    cleared bigint;
    hider uuid;
    more_behind boolean := false;
BEGIN
    SELECT max(last_read_sequence) FILTER (WHERE user_id = viewer), max(last_read_sequence) FILTER (WHERE user_id <> viewer),
           max(cleared_through) FILTER (WHERE user_id = viewer), CASE WHEN max(hidden_count) FILTER (WHERE user_id = viewer) > 0 THEN viewer END
    INTO own_pointer, other_pointer, cleared, hider
    FROM participants WHERE conversation_id = of_conversation;
    IF own_pointer IS NULL THEN
        RETURN;
    END IF;

    IF anchor IS NOT NULL THEN
        SELECT sequence INTO place FROM messages WHERE id = anchor AND conversation_id = of_conversation;
        IF place IS NULL THEN
            is_anchor_known := false;
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;

    IF place IS NOT NULL THEN
        more_behind := CASE WHEN is_newer
            THEN EXISTS (SELECT FROM newest_visible(of_conversation, hider, at, cleared, least(place, 9223372036854775806) + 1, 1))
            ELSE EXISTS (SELECT FROM oldest_visible(of_conversation, hider, at, greatest(place - 1, cleared), 9223372036854775807, 1)) END;
    END IF;

    IF is_newer THEN
        RETURN QUERY
            SELECT shown,
                   CASE WHEN shown.sequence <= CASE WHEN shown.sender_id = viewer THEN other_pointer ELSE own_pointer END
                       THEN {read_at of shown} END,
                   true, more_behind
            FROM oldest_visible(of_conversation, hider, at, greatest(place, cleared), 9223372036854775807, most) AS shown;
    ELSE
        RETURN QUERY
            SELECT shown,
                   CASE WHEN shown.sequence <= CASE WHEN shown.sender_id = viewer THEN other_pointer ELSE own_pointer END
                       THEN {read_at of shown} END,
                   true, more_behind
            FROM newest_visible(of_conversation, hider, at, cleared, coalesce(place, 9223372036854775807), most) AS shown;
    END IF;

    -- An empty page is one row without a message.
    IF NOT FOUND THEN
        is_anchor_known := true;
        is_more_behind := more_behind;
        RETURN NEXT;
    END IF;

    IF is_newer THEN
        RETURN QUERY
            SELECT deleted, NULL::timestamptz, true, more_behind FROM messages AS deleted
            WHERE conversation_id = of_conversation AND deleted_at IS NOT NULL AND sequence > greatest(place, cleared) AND is_tombstone(deleted, hider, at)
            ORDER BY sequence LIMIT most_deleted;
    ELSE
        RETURN QUERY
            SELECT deleted, NULL::timestamptz, true, more_behind FROM messages AS deleted
            WHERE conversation_id = of_conversation AND deleted_at IS NOT NULL AND sequence > cleared AND sequence < coalesce(place, 9223372036854775807)
              AND is_tombstone(deleted, hider, at)
            ORDER BY sequence DESC LIMIT most_deleted;
    END IF;
END $$;

-- The changes of a conversation after a revision that a viewer sees at an instant, in order: messages, tombstones of deleted ones, and without their content the messages
-- whose expiry was moved earlier and that have expired, deleted or not. A client that was away still holds those with the later expiry.
CREATE OR REPLACE FUNCTION changes_since(viewer uuid, of_conversation uuid, at timestamptz, since bigint, most int)
RETURNS TABLE (message messages, read_at timestamptz, has_expired boolean)
LANGUAGE plpgsql STABLE ROWS 50 {settings} AS $$
#variable_conflict use_column
DECLARE
    cleared bigint;
    hider uuid;
BEGIN
    SELECT own.cleared_through, {hider of own} INTO cleared, hider
    FROM participants AS own WHERE own.conversation_id = of_conversation AND own.user_id = viewer;
    RETURN QUERY
        SELECT CASE WHEN changed.expires_at <= at THEN jsonb_populate_record(changed, '{"content": "", "attachments": null}') ELSE changed END, {read_at of changed},
               coalesce(changed.expires_at <= at, false)
        FROM messages AS changed
        WHERE changed.conversation_id = of_conversation AND changed.revision > since AND changed.sequence > cleared
          AND (is_visible(changed, hider, at) OR is_tombstone(changed, hider, at)
               OR (changed.expires_at <= at AND changed.sent_expiration_hours IS NOT NULL))
        ORDER BY changed.revision LIMIT most;
END $$;

-- Those of these messages that a viewer sees at an instant.
CREATE OR REPLACE FUNCTION messages_by_id(viewer uuid, ids uuid[], at timestamptz)
RETURNS TABLE (message messages, read_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 50 SET enable_hashjoin = off SET enable_mergejoin = off {settings} AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT wanted, {read_at of wanted}
        FROM messages AS wanted
        LEFT JOIN participants AS own ON own.conversation_id = wanted.conversation_id AND own.user_id = viewer
        WHERE wanted.id = ANY (ids) AND is_visible(wanted, {hider of own}, at) AND (viewer IS NULL OR wanted.sequence > own.cleared_through);
END $$;

-- Those of these messages that have not expired and are not deleted at an instant, each with the participants who see it.
CREATE OR REPLACE FUNCTION messages_with_viewers(ids uuid[], at timestamptz)
RETURNS TABLE (message messages, read_at timestamptz, viewers uuid[])
LANGUAGE plpgsql STABLE ROWS 50 SET enable_hashjoin = off SET enable_mergejoin = off {settings} AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT wanted, {read_at of wanted}, {viewers of wanted}
        FROM messages AS wanted
        WHERE wanted.id = ANY (ids) AND is_visible(wanted, NULL, at);
END $$;

-- The participants who have neither hidden nor cleared a message, whether it is visible or not; NULL for an unknown message.
CREATE OR REPLACE FUNCTION viewers_of_message(of_message uuid) RETURNS uuid[] LANGUAGE plpgsql STABLE {settings} AS $$
BEGIN
    RETURN (SELECT {viewers of wanted} FROM messages AS wanted WHERE wanted.id = of_message);
END $$;

-- Those of a conversation's messages with these sequences that a viewer sees at an instant, oldest first. No row if the viewer is not a participant; one row without a message
-- if the viewer sees none of them. Each message is looked up by itself, so that no plan scans the conversation.
CREATE OR REPLACE FUNCTION messages_by_sequence(viewer uuid, of_conversation uuid, sequences bigint[], at timestamptz)
RETURNS TABLE (message messages, read_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 50 SET enable_hashjoin = off SET enable_mergejoin = off {settings} AS $$
#variable_conflict use_column
DECLARE
    cleared bigint;
    hider uuid;
BEGIN
    SELECT own.cleared_through, {hider of own} INTO cleared, hider
    FROM participants AS own WHERE own.conversation_id = of_conversation AND own.user_id = viewer;
    IF cleared IS NULL THEN
        RETURN;
    END IF;

    RETURN QUERY
        SELECT wanted::messages, {read_at of wanted}
        FROM (SELECT DISTINCT sequence FROM unnest(sequences) AS requested (sequence)) AS requested
        CROSS JOIN LATERAL (
            SELECT * FROM messages AS one WHERE one.conversation_id = of_conversation AND one.sequence = requested.sequence LIMIT 1) AS wanted
        WHERE wanted.sequence > cleared AND is_visible(wanted::messages, hider, at)
        ORDER BY wanted.sequence;
    IF NOT FOUND THEN
        RETURN NEXT;
    END IF;
END $$;

-- The texts that a message has had, oldest first, the current one included, each with the message; none if the viewer does not see it at an instant.
CREATE OR REPLACE FUNCTION texts_of_message(viewer uuid, of_message uuid, at timestamptz)
RETURNS TABLE (message messages, number int, content varchar, is_encrypted boolean, written_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 10 {settings} AS $$
#variable_conflict use_column
DECLARE
    shown messages;
BEGIN
    SELECT (message).* INTO shown FROM messages_by_id(viewer, ARRAY[of_message], at);
    IF shown.id IS NULL THEN
        RETURN;
    END IF;

    RETURN QUERY
        SELECT shown, version.number, version.content, version.is_encrypted, version.written_at
        FROM message_versions AS version WHERE version.message_id = of_message
        UNION ALL
        SELECT shown, shown.version, shown.content, shown.is_encrypted, coalesce(shown.edited_at, shown.created_at)
        ORDER BY number;
END $$;

-- For each conversation, in order: the total size of the texts and attachments of these changes, plus bytes_each for each change. PostgreSQL knows the length of a text without
-- reading it; attachments are read for their length.
CREATE OR REPLACE FUNCTION sizes_of_changes(viewer uuid, ids uuid[], since bigint[], at timestamptz, bytes_each int)
RETURNS SETOF bigint LANGUAGE plpgsql STABLE {settings} AS $$
BEGIN
    RETURN QUERY
        SELECT (SELECT coalesce(sum(octet_length(message.content) + coalesce(octet_length(message.attachments::text), 0) + bytes_each), 0)::bigint
                FROM messages AS message
                WHERE message.conversation_id = wanted.id AND message.revision > wanted.revision AND message.sequence > own.cleared_through
                  AND (is_visible(message, {hider of own}, at) OR is_tombstone(message, {hider of own}, at)))
        FROM unnest(ids, since) WITH ORDINALITY AS wanted (id, revision, place)
        LEFT JOIN participants AS own ON own.conversation_id = wanted.id AND own.user_id = viewer
        ORDER BY wanted.place;
END $$;

-- Counts the messages after "beyond", up to and including "up_to", that other users sent and the viewer sees at an instant. "beyond" excludes those that the viewer has cleared.
CREATE OR REPLACE FUNCTION count_received(of_conversation uuid, by_user uuid, at timestamptz, beyond bigint, up_to bigint)
RETURNS int LANGUAGE plpgsql STABLE SET enable_sort = off {settings} AS $$
DECLARE
    counted int;
    expiring record;
    hider uuid := (SELECT {hider of own} FROM participants AS own WHERE own.conversation_id = of_conversation AND own.user_id = by_user);
BEGIN
    IF up_to - beyond <= 250 THEN
        RETURN (
            SELECT count(*) FROM messages AS message
            WHERE conversation_id = of_conversation AND sender_id <> by_user AND sequence > beyond AND sequence <= up_to AND is_visible(message, hider, at));
    END IF;

    SELECT count(*) INTO counted FROM messages AS message
    WHERE conversation_id = of_conversation AND expires_at IS NULL AND deleted_at IS NULL AND sender_id <> by_user AND sequence > beyond
      AND sequence <= up_to AND is_visible(message, hider, at);
    FOR expiring IN
        SELECT sequence, sender_id FROM messages AS message
        WHERE conversation_id = of_conversation AND expires_at > at AND deleted_at IS NULL AND sequence <= up_to AND is_visible(message, hider, at)
        ORDER BY {newest first from up_to}
    LOOP
        EXIT WHEN expiring.sequence <= beyond;
        IF expiring.sender_id <> by_user THEN
            counted := counted + 1;
        END IF;
    END LOOP;

    RETURN counted;
END $$;

-- Conversations as each of these viewers sees them, in the given order. A viewer gets only conversations that they participate in. Participants,
-- conversations and messages are whole rows, so a further column of theirs needs no new function. Users are single columns: a further one needs a new name, and the previous function
-- in previous_versions.sql. The joins run in the written order (join_collapse_limit): with the statistics of small tables PostgreSQL would begin with all users.
CREATE OR REPLACE FUNCTION conversations_shown_to(viewers uuid[], ids uuid[], at timestamptz)
RETURNS TABLE (
    viewer participants, conversation conversations,
    low_id uuid, low_name varchar, low_role varchar, low_read bigint, low_deactivated boolean, low_avatar uuid,
    high_id uuid, high_name varchar, high_role varchar, high_read bigint, high_deactivated boolean, high_avatar uuid,
    unread int,
    message messages, read_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 50 SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 {settings} AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT own, conversation,
               low.user_id, low_user.display_name, low_user.role, low.last_read_sequence, low_user.deactivated_at IS NOT NULL,
               low_user.avatar_id,
               high.user_id, high_user.display_name, high_user.role, high.last_read_sequence, high_user.deactivated_at IS NOT NULL,
               high_user.avatar_id,
               CASE WHEN own.last_read_sequence >= conversation.last_sequence THEN 0
                    WHEN conversation.last_sequence - own.last_read_sequence <= 250 THEN (
                        SELECT count(*)::int FROM messages AS message
                        WHERE message.conversation_id = wanted.id AND message.sender_id <> own.user_id
                          AND message.sequence > greatest(own.last_read_sequence, own.cleared_through) AND is_visible(message, {hider of own}, at))
                    ELSE count_received(
                        conversation.id, own.user_id, at, greatest(own.last_read_sequence, own.cleared_through), conversation.last_sequence) END,
               last::messages,
               {read_at of last}
        FROM unnest(ids) WITH ORDINALITY AS wanted (id, place)
        -- A function instead of = ANY, which would look into the index once for each viewer.
        JOIN participants AS own ON own.conversation_id = wanted.id AND array_position(viewers, own.user_id) IS NOT NULL
        JOIN conversations AS conversation ON conversation.id = wanted.id
        JOIN participants AS low ON low.conversation_id = wanted.id AND low.user_id = conversation.pair_low
        JOIN participants AS high ON high.conversation_id = wanted.id AND high.user_id = conversation.pair_high
        JOIN users AS low_user ON low_user.id = conversation.pair_low
        JOIN users AS high_user ON high_user.id = conversation.pair_high
        LEFT JOIN LATERAL (
            -- The nearest few are enough for nearly every preview.
            (SELECT * FROM (SELECT * FROM messages AS newest WHERE newest.conversation_id = wanted.id ORDER BY newest.sequence DESC LIMIT 20) AS nearest
             WHERE nearest.sequence > own.cleared_through AND is_visible(nearest::messages, {hider of own}, at)
             ORDER BY nearest.sequence DESC LIMIT 1)
            UNION ALL
            (SELECT * FROM newest_visible(wanted.id, {hider of own}, at, own.cleared_through, conversation.last_sequence - 19, 1)
             WHERE conversation.last_sequence > 20)
            LIMIT 1) AS last ON true
        ORDER BY wanted.place;
END $$;

-- The newest message of a conversation beyond a sequence that was sent at or before an instant. Times grow with the sequence, so a few look-ups find it.
CREATE OR REPLACE FUNCTION newest_sent(of_conversation uuid, beyond bigint, last bigint, up_to timestamptz, OUT sequence bigint, OUT created_at timestamptz)
LANGUAGE plpgsql STABLE {settings} AS $$
#variable_conflict use_column
DECLARE
    low bigint := beyond + 1;
    high bigint := last;
    middle bigint;
    nearest record;
BEGIN
    WHILE low <= high LOOP
        middle := low + (high - low) / 2;
        SELECT message.sequence, message.created_at INTO nearest FROM messages AS message
        WHERE message.conversation_id = of_conversation AND message.sequence > beyond AND message.sequence <= middle
        ORDER BY message.sequence DESC LIMIT 1;
        IF NOT FOUND THEN
            low := middle + 1;
        ELSIF nearest.created_at <= up_to THEN
            newest_sent.sequence := nearest.sequence;
            newest_sent.created_at := nearest.created_at;
            low := middle + 1;
        ELSE
            high := nearest.sequence - 1;
        END IF;
    END LOOP;
END $$;

-- The conversations of a viewer, or one of them, to search: each with its newest message below a position, any if it is null, that the viewer has not cleared. The message is NULL
-- if there is none. Positions are ordered by time, conversation and sequence. Without below_id, messages at the time up_to are included.
CREATE OR REPLACE FUNCTION conversations_to_search(viewer uuid, only_in uuid, up_to timestamptz, below_id uuid, below_sequence bigint)
RETURNS TABLE (conversation_id uuid, sequence bigint, created_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 50 SET enable_hashjoin = off SET enable_mergejoin = off {settings} AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT conversation.id, newest.sequence, newest.created_at
        FROM participants AS own
        JOIN conversations AS conversation ON conversation.id = own.conversation_id
        CROSS JOIN LATERAL (
            SELECT CASE WHEN conversation.id > below_id THEN conversations_to_search.up_to - interval '1 microsecond' ELSE conversations_to_search.up_to END AS up_to,
                   CASE WHEN conversation.id = below_id THEN least(conversation.last_sequence, below_sequence - 1)
                        ELSE conversation.last_sequence END AS last
            OFFSET 0) AS reach
        LEFT JOIN LATERAL (
            SELECT conversation.last_sequence AS sequence, conversation.last_activity_at AS created_at
            WHERE reach.last = conversation.last_sequence AND conversation.last_activity_at <= coalesce(reach.up_to, 'infinity')
            UNION ALL
            SELECT sent.sequence, sent.created_at
            FROM newest_sent(conversation.id, own.cleared_through, reach.last, reach.up_to) AS sent
            WHERE reach.last < conversation.last_sequence OR conversation.last_activity_at > reach.up_to) AS newest ON reach.last > own.cleared_through
        WHERE own.user_id = viewer AND (only_in IS NULL OR own.conversation_id = only_in);
END $$;

-- The next messages of each conversation of a viewer at and below a sequence, at most so many of each: all messages, or those with attachments if with_attachments is true. The text
-- is NULL if the viewer does not see the message, or if its sender or attachments are not those searched for.
CREATE OR REPLACE FUNCTION texts_to_search(
    viewer uuid, at timestamptz, ids uuid[], up_to bigint[], most int[], of_sender uuid, with_attachments boolean)
RETURNS TABLE (
    conversation_id uuid, sequence bigint, created_at timestamptz, id uuid, content varchar, is_encrypted boolean, sender_id uuid, version int)
LANGUAGE plpgsql STABLE ROWS 500 SET enable_hashjoin = off SET enable_mergejoin = off {settings} AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT nearest.conversation_id, nearest.sequence, nearest.created_at, nearest.id,
               CASE WHEN (of_sender IS NULL OR nearest.sender_id = of_sender)
                         AND (with_attachments IS NULL OR with_attachments = (nearest.attachments IS NOT NULL))
                         AND is_visible(nearest::messages, {hider of own}, at)
                    THEN nearest.content END,
               nearest.is_encrypted, nearest.sender_id, nearest.version
        FROM unnest(ids, up_to, most) AS wanted (id, sequence, most)
        -- Lateral, so that PostgreSQL looks up one row for each conversation, instead of comparing each with all rows of the viewer.
        CROSS JOIN LATERAL (
            SELECT * FROM participants AS participant
            WHERE participant.conversation_id = wanted.id AND participant.user_id = viewer LIMIT 1) AS own
        CROSS JOIN LATERAL (
            (SELECT * FROM messages AS message
             WHERE with_attachments IS NOT TRUE
               AND message.conversation_id = wanted.id AND message.sequence > own.cleared_through AND message.sequence <= wanted.sequence
             ORDER BY message.sequence DESC LIMIT wanted.most)
            UNION ALL
            (SELECT * FROM messages AS message
             WHERE with_attachments AND message.attachments IS NOT NULL
               AND message.conversation_id = wanted.id AND message.sequence > own.cleared_through AND message.sequence <= wanted.sequence
             ORDER BY message.sequence DESC LIMIT wanted.most)) AS nearest;
END $$;

-- The viewer's conversations with the newest activity, before a position in that order; all when it is null. The folder is 'inbox' (neither archived nor deleted), 'archived',
-- 'pinned' or 'all'; none contains deleted conversations.
CREATE OR REPLACE FUNCTION list_conversations(viewer uuid, folder text, before_activity timestamptz, before_id uuid, most int)
RETURNS uuid[] LANGUAGE plpgsql STABLE {settings} AS $$
BEGIN
    RETURN ARRAY(
        SELECT conversation.id FROM participants AS own
        JOIN conversations AS conversation ON conversation.id = own.conversation_id
        WHERE own.user_id = viewer
          AND (before_activity IS NULL OR (conversation.last_activity_at, conversation.id) < (before_activity, before_id))
          AND (own.deleted_through IS NULL OR own.deleted_through < conversation.last_sequence)
          AND CASE folder
              WHEN 'inbox' THEN own.archived_through IS NULL OR own.archived_through < conversation.last_sequence
              WHEN 'archived' THEN own.archived_through >= conversation.last_sequence
              WHEN 'pinned' THEN own.pinned_at IS NOT NULL
              ELSE true END
        ORDER BY conversation.last_activity_at DESC, conversation.id DESC LIMIT most);
END $$;

-- The viewer's unread messages, at most so many of each conversation, and the conversations that contain them: those in the inbox, and those in the archive. The nearest rows
-- are enough for most conversations.
CREATE OR REPLACE FUNCTION count_unread(
    viewer uuid, at timestamptz, most_each int, OUT conversations int, OUT messages int, OUT archived_conversations int, OUT archived_messages int)
LANGUAGE plpgsql STABLE SET enable_hashjoin = off SET enable_mergejoin = off {settings} AS $$
BEGIN
    SELECT count(*) FILTER (WHERE unread.messages > 0 AND NOT unread.archived), coalesce(sum(unread.messages) FILTER (WHERE NOT unread.archived), 0),
           count(*) FILTER (WHERE unread.messages > 0 AND unread.archived), coalesce(sum(unread.messages) FILTER (WHERE unread.archived), 0)
    INTO conversations, messages, archived_conversations, archived_messages
    FROM participants AS own
    JOIN conversations AS conversation ON conversation.id = own.conversation_id
    CROSS JOIN LATERAL (SELECT greatest(own.last_read_sequence, own.cleared_through) AS beyond OFFSET 0) AS place
    CROSS JOIN LATERAL (
        SELECT count(*) AS messages FROM messages AS message
        WHERE message.conversation_id = conversation.id AND message.sender_id <> viewer
          AND message.sequence > place.beyond AND message.sequence <= place.beyond + 250
          AND is_visible(message, {hider of own}, at)) AS nearest
    CROSS JOIN LATERAL (
        SELECT coalesce(own.archived_through >= conversation.last_sequence, false) AS archived, least(most_each, CASE
            WHEN nearest.messages < most_each AND conversation.last_sequence > place.beyond + 250
                THEN count_received(conversation.id, viewer, at, place.beyond, conversation.last_sequence)
            ELSE nearest.messages END) AS messages OFFSET 0) AS unread
    WHERE own.user_id = viewer AND own.last_read_sequence < conversation.last_sequence AND own.cleared_through < conversation.last_sequence;
END $$;
$functions$;

-- Each statement has one correct plan, an index scan, independently of the statistics. Planning costs more than most calls.
functions := replace(functions, '{settings}', 'SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off');

-- The viewer whose hidden messages must be looked up.
functions := regexp_replace(functions, '\{hider of (\w+)\}', 'CASE WHEN \1.hidden_count > 0 THEN \1.user_id END', 'g');

-- The participants who have neither hidden nor cleared a message.
functions := regexp_replace(
    functions, '\{viewers of (\w+)\}',
    'ARRAY(SELECT own.user_id FROM participants AS own WHERE own.conversation_id = \1.conversation_id AND own.cleared_through < \1.sequence'
        ' AND NOT (own.hidden_count > 0 AND is_hidden(\1.conversation_id, \1.sequence, own.user_id)))', 'g');

-- When a message was read: the time of the first read mark of the other participant at or after it.
functions := regexp_replace(
    functions, '\{read_at of (\w+)\}',
    '(SELECT mark.read_at FROM read_marks AS mark WHERE mark.conversation_id = \1.conversation_id AND mark.up_to_sequence >= \1.sequence'
        ' AND mark.user_id <> \1.sender_id ORDER BY mark.up_to_sequence LIMIT 1)', 'g');
functions := regexp_replace(functions, '\{newest first from (\w+)\}', CASE WHEN has_nearest THEN 'sequence <-> \1' ELSE 'sequence DESC' END, 'g');
functions := regexp_replace(functions, '\{oldest first from (\w+)\}', CASE WHEN has_nearest THEN 'sequence <-> \1' ELSE 'sequence' END, 'g');
EXECUTE functions;
END $file$;
