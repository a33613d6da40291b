using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class ReadPastExpired : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                CREATE INDEX ix_messages_lasting ON messages (conversation_id, sequence) WHERE expires_at IS NULL;

                DO $migration$
                DECLARE
                    functions text;
                    has_nearest boolean := false;
                BEGIN
                -- What is still visible of what expires, nearest to a sequence first, however much around it is gone. Where the extension is
                -- not installed, or may not be created, the same is found by reading on.
                BEGIN
                    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'btree_gist') THEN
                        CREATE EXTENSION IF NOT EXISTS btree_gist;
                        CREATE INDEX ix_messages_expiring ON messages USING gist (conversation_id, sequence, expires_at) WHERE expires_at IS NOT NULL;
                        has_nearest := true;
                    END IF;
                EXCEPTION WHEN insufficient_privilege THEN
                    NULL;
                END;

                functions := $functions$
                -- The newest messages between two sequences, both excluded, that are visible at an instant.
                CREATE FUNCTION newest_visible(of_conversation uuid, at timestamptz, beyond bigint, below bigint, most int)
                RETURNS SETOF messages LANGUAGE plpgsql STABLE ROWS 50 AS $$
                DECLARE
                    taken int;
                    next_below bigint;
                BEGIN
                    RETURN QUERY
                        SELECT * FROM (
                            SELECT * FROM messages
                            WHERE conversation_id = of_conversation AND sequence > beyond AND sequence < below
                            ORDER BY sequence DESC LIMIT most + 200) AS nearest
                        WHERE expires_at IS NULL OR expires_at > at
                        ORDER BY sequence DESC LIMIT most;
                    GET DIAGNOSTICS taken = ROW_COUNT;
                    IF taken = most THEN
                        RETURN;
                    END IF;

                    -- Where that ended; nothing lies beyond it in most conversations.
                    SELECT sequence INTO next_below FROM messages
                    WHERE conversation_id = of_conversation AND sequence > beyond AND sequence < below
                    ORDER BY sequence DESC OFFSET most + 199 LIMIT 1;
                    IF next_below IS NULL THEN
                        RETURN;
                    END IF;

                    RETURN QUERY
                        SELECT * FROM (
                            (SELECT * FROM messages
                             WHERE conversation_id = of_conversation AND expires_at IS NULL AND sequence > beyond AND sequence < next_below
                             ORDER BY sequence DESC LIMIT most - taken)
                            UNION ALL
                            (SELECT * FROM messages
                             WHERE conversation_id = of_conversation AND expires_at > at AND sequence > beyond AND sequence < next_below
                             ORDER BY {newest first from next_below} LIMIT most - taken)) AS farther
                        ORDER BY sequence DESC LIMIT most - taken;
                END $$;

                -- The oldest messages between two sequences, both excluded, that are visible at an instant.
                CREATE FUNCTION oldest_visible(of_conversation uuid, at timestamptz, beyond bigint, below bigint, most int)
                RETURNS SETOF messages LANGUAGE plpgsql STABLE ROWS 50 AS $$
                DECLARE
                    taken int;
                    next_beyond bigint;
                BEGIN
                    RETURN QUERY
                        SELECT * FROM (
                            SELECT * FROM messages
                            WHERE conversation_id = of_conversation AND sequence > beyond AND sequence < below
                            ORDER BY sequence LIMIT most + 200) AS nearest
                        WHERE expires_at IS NULL OR expires_at > at
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
                            (SELECT * FROM messages
                             WHERE conversation_id = of_conversation AND expires_at IS NULL AND sequence > next_beyond AND sequence < below
                             ORDER BY sequence LIMIT most - taken)
                            UNION ALL
                            (SELECT * FROM messages
                             WHERE conversation_id = of_conversation AND expires_at > at AND sequence > next_beyond AND sequence < below
                             ORDER BY {oldest first from next_beyond} LIMIT most - taken)) AS farther
                        ORDER BY sequence LIMIT most - taken;
                END $$;

                CREATE FUNCTION newest_visible_id(of_conversation uuid, at timestamptz) RETURNS uuid LANGUAGE sql STABLE AS $$
                    SELECT id FROM newest_visible(of_conversation, at, 0, 9223372036854775807, 1)
                $$;

                -- How many messages between two sequences, the second included, were sent by others and are visible at an instant.
                CREATE FUNCTION count_received(of_conversation uuid, by_user uuid, at timestamptz, beyond bigint, up_to bigint)
                RETURNS int LANGUAGE plpgsql STABLE SET enable_sort = off AS $$
                DECLARE
                    counted int;
                    expiring record;
                BEGIN
                    IF up_to - beyond <= 250 THEN
                        RETURN (
                            SELECT count(*) FROM messages
                            WHERE conversation_id = of_conversation AND sender_id <> by_user AND sequence > beyond AND sequence <= up_to
                              AND (expires_at IS NULL OR expires_at > at));
                    END IF;

                    SELECT count(*) INTO counted FROM messages
                    WHERE conversation_id = of_conversation AND expires_at IS NULL AND sender_id <> by_user AND sequence > beyond AND sequence <= up_to;
                    FOR expiring IN
                        SELECT sequence, sender_id FROM messages
                        WHERE conversation_id = of_conversation AND expires_at > at AND sequence <= up_to
                        ORDER BY {newest first from up_to}
                    LOOP
                        EXIT WHEN expiring.sequence <= beyond;
                        IF expiring.sender_id <> by_user THEN
                            counted := counted + 1;
                        END IF;
                    END LOOP;

                    RETURN counted;
                END $$;
                $functions$;
                functions := regexp_replace(functions, '\{newest first from (\w+)\}', CASE WHEN has_nearest THEN 'sequence <-> \1' ELSE 'sequence DESC' END, 'g');
                functions := regexp_replace(functions, '\{oldest first from (\w+)\}', CASE WHEN has_nearest THEN 'sequence <-> \1' ELSE 'sequence' END, 'g');
                EXECUTE functions;
                END $migration$;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) =>
            migrationBuilder.Sql(
                """
                DROP FUNCTION count_received(uuid, uuid, timestamptz, bigint, bigint);
                DROP FUNCTION newest_visible_id(uuid, timestamptz);
                DROP FUNCTION oldest_visible(uuid, timestamptz, bigint, bigint, int);
                DROP FUNCTION newest_visible(uuid, timestamptz, bigint, bigint, int);
                DROP INDEX IF EXISTS ix_messages_expiring;
                DROP INDEX ix_messages_lasting;
                """);
    }
}
