-- The functions that only servers of previous versions call, during a rolling upgrade. Each calls its current form in visibility.sql, which runs before, in the same transaction.

-- The functions are a template: the end of the file replaces {columns of x}.
DO $file$
DECLARE
    functions text;
BEGIN

functions := $functions$

CREATE OR REPLACE FUNCTION conversations_seen_by(viewers uuid[], ids uuid[], at timestamptz)
RETURNS TABLE (
    viewer participants, conversation conversations,
    low_id uuid, low_name varchar, low_role varchar, low_read bigint, low_deactivated boolean,
    high_id uuid, high_name varchar, high_role varchar, high_read bigint, high_deactivated boolean,
    unread int,
    message messages, read_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 50 AS $$
BEGIN
    RETURN QUERY
        SELECT seen.viewer, seen.conversation,
               seen.low_id, seen.low_name, seen.low_role, seen.low_read, seen.low_deactivated,
               seen.high_id, seen.high_name, seen.high_role, seen.high_read, seen.high_deactivated,
               seen.unread, seen.message, seen.read_at
        FROM conversations_shown_to(viewers, ids, at) AS seen;
END $$;

CREATE OR REPLACE FUNCTION conversations_as_seen(viewers uuid[], ids uuid[], at timestamptz)
RETURNS TABLE (
    viewer_id uuid, id uuid, last_sequence bigint, revision bigint, created_at timestamptz, last_activity_at timestamptz,
    low_id uuid, low_name varchar, low_role varchar, low_read bigint, low_deactivated boolean,
    high_id uuid, high_name varchar, high_role varchar, high_read bigint, high_deactivated boolean,
    unread int,
    message messages, read_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 50 AS $$
BEGIN
    RETURN QUERY
        SELECT (seen.viewer).user_id, (seen.conversation).id, (seen.conversation).last_sequence, (seen.conversation).revision,
               (seen.conversation).created_at, (seen.conversation).last_activity_at,
               seen.low_id, seen.low_name, seen.low_role, seen.low_read, seen.low_deactivated,
               seen.high_id, seen.high_name, seen.high_role, seen.high_read, seen.high_deactivated,
               seen.unread, seen.message, seen.read_at
        FROM conversations_shown_to(viewers, ids, at) AS seen;
END $$;

CREATE OR REPLACE FUNCTION list_conversations(viewer uuid, before_activity timestamptz, before_id uuid, most int)
RETURNS uuid[] LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN list_conversations(viewer, 'inbox', before_activity, before_id, most);
END $$;

CREATE OR REPLACE FUNCTION unread_totals(viewer uuid, at timestamptz, most_each int, OUT conversations int, OUT messages int)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT counted.conversations, counted.messages INTO conversations, messages FROM count_unread(viewer, at, most_each) AS counted;
END $$;

CREATE OR REPLACE FUNCTION page_of_messages(
    viewer uuid, of_conversation uuid, at timestamptz, is_newer boolean, anchor uuid, anchor_sequence bigint, most int)
RETURNS TABLE (
    id uuid, sequence bigint, revision bigint, sender_id uuid, content varchar, created_at timestamptz, updated_at timestamptz, expires_at timestamptz,
    client_message_id uuid, read_at timestamptz, is_anchor_known boolean, is_more_behind boolean)
LANGUAGE plpgsql STABLE ROWS 50 AS $$
BEGIN
    RETURN QUERY
        SELECT {columns of page}, page.read_at, page.is_anchor_known, page.is_more_behind
        FROM page_of_messages(viewer, of_conversation, at, is_newer, anchor, anchor_sequence, most, 0) AS page;
END $$;

CREATE OR REPLACE FUNCTION changes_of_conversation(viewer uuid, of_conversation uuid, at timestamptz, since bigint, most int)
RETURNS TABLE (message messages, read_at timestamptz) LANGUAGE plpgsql STABLE ROWS 50 AS $$
BEGIN
    RETURN QUERY
        SELECT change.message, change.read_at
        FROM changes_since(viewer, of_conversation, at, since, NULL) AS change WHERE NOT change.has_expired LIMIT most;
END $$;

CREATE OR REPLACE FUNCTION changes_of_conversation(viewer uuid, of_conversation uuid, at timestamptz, since bigint)
RETURNS TABLE (
    id uuid, sequence bigint, revision bigint, sender_id uuid, content varchar, created_at timestamptz, updated_at timestamptz, expires_at timestamptz,
    client_message_id uuid, read_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 50 AS $$
BEGIN
    RETURN QUERY
        SELECT {columns of change}, change.read_at
        FROM changes_of_conversation(viewer, of_conversation, at, since, NULL) AS change
        WHERE (change.message).deleted_at IS NULL;
END $$;

CREATE OR REPLACE FUNCTION view_conversations(viewers uuid[], ids uuid[], at timestamptz)
RETURNS TABLE (
    viewer_id uuid, id uuid, last_sequence bigint, revision bigint, created_at timestamptz, last_activity_at timestamptz,
    low_id uuid, low_name varchar, low_role varchar, low_read bigint, low_deactivated boolean,
    high_id uuid, high_name varchar, high_role varchar, high_read bigint, high_deactivated boolean,
    unread int,
    message_id uuid, message_sequence bigint, message_revision bigint, message_sender_id uuid, message_content varchar, message_created_at timestamptz,
    message_updated_at timestamptz, message_expires_at timestamptz, message_client_message_id uuid, message_read_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 50 AS $$
BEGIN
    RETURN QUERY
        SELECT seen.viewer_id, seen.id, seen.last_sequence, seen.revision, seen.created_at, seen.last_activity_at,
               seen.low_id, seen.low_name, seen.low_role, seen.low_read, seen.low_deactivated,
               seen.high_id, seen.high_name, seen.high_role, seen.high_read, seen.high_deactivated,
               seen.unread,
               {columns of seen}, seen.read_at
        FROM conversations_as_seen(viewers, ids, at) AS seen;
END $$;

CREATE OR REPLACE FUNCTION newest_visible(of_conversation uuid, at timestamptz, beyond bigint, below bigint, most int)
RETURNS SETOF messages LANGUAGE plpgsql STABLE ROWS 50 AS $$
BEGIN
    RETURN QUERY SELECT * FROM newest_visible(of_conversation, NULL, at, beyond, below, most);
END $$;

CREATE OR REPLACE FUNCTION oldest_visible(of_conversation uuid, at timestamptz, beyond bigint, below bigint, most int)
RETURNS SETOF messages LANGUAGE plpgsql STABLE ROWS 50 AS $$
BEGIN
    RETURN QUERY SELECT * FROM oldest_visible(of_conversation, NULL, at, beyond, below, most);
END $$;

CREATE OR REPLACE FUNCTION messages_to_search(
    viewer uuid, at timestamptz, ids uuid[], up_to bigint[], most int[], of_sender uuid, with_attachments boolean)
RETURNS TABLE (conversation_id uuid, sequence bigint, created_at timestamptz, id uuid, content varchar)
LANGUAGE plpgsql STABLE ROWS 500 AS $$
BEGIN
    RETURN QUERY
        SELECT text.conversation_id, text.sequence, text.created_at, text.id, text.content
        FROM texts_to_search(viewer, at, ids, up_to, most, of_sender, with_attachments) AS text;
END $$;

CREATE OR REPLACE FUNCTION versions_of_message(viewer uuid, of_message uuid, at timestamptz)
RETURNS TABLE (number int, content varchar, written_at timestamptz) LANGUAGE plpgsql STABLE ROWS 10 AS $$
BEGIN
    RETURN QUERY SELECT text.number, text.content, text.written_at FROM texts_of_message(viewer, of_message, at) AS text;
END $$;

CREATE OR REPLACE FUNCTION newest_visible_id(of_conversation uuid, at timestamptz) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT id FROM newest_visible(of_conversation, NULL, at, 0, 9223372036854775807, 1));
END $$;
$functions$;

functions := regexp_replace(
    functions, '\{columns of (\w+)\}',
    '(\1.message).id, (\1.message).sequence, (\1.message).revision, (\1.message).sender_id, (\1.message).content, (\1.message).created_at,'
        ' (\1.message).updated_at, (\1.message).expires_at, (\1.message).client_message_id', 'g');
EXECUTE functions;
END $file$;
