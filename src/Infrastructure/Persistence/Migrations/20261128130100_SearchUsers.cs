using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class SearchUsers : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "search_email",
                table: "users",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "search_name",
                table: "users",
                type: "text",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_users_display_name_id",
                table: "users",
                columns: new[] { "display_name", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_users_without_search_text",
                table: "users",
                column: "id",
                filter: "search_name IS NULL");

            migrationBuilder.Sql(
                """
                -- What of a text can be looked up: all of 3 characters in a row, also those of a space and the first two of a word. Those of an e-mail
                -- address are marked, so that a search by name does not find them.
                CREATE FUNCTION search_grams(name text, email text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
                    SELECT array_agg(DISTINCT gram)
                    FROM (
                        SELECT substr(' ' || name, place, 3) AS gram FROM generate_series(1, length(name) - 1) AS place
                        UNION ALL
                        SELECT '@' || substr(' ' || email, place, 3) FROM generate_series(1, length(email) - 1) AS place) AS grams
                $$;

                -- Without a list of what is pending, which every search would have to read.
                CREATE INDEX ix_users_search_grams ON users USING gin ((search_grams(search_name, search_email) COLLATE "C")) WITH (fastupdate = off)
                WHERE search_name IS NOT NULL;

                -- The users of a role who are not deactivated, or, where the role is null, all, in the order of display name and id, after a place in it. The
                -- settings leave one plan, with any statistics: along the index that has this order.
                CREATE FUNCTION list_users(of_role text, after_name text, after_id uuid, at_most int)
                RETURNS TABLE (id uuid, display_name varchar, role varchar, email varchar, deactivated_at timestamptz) LANGUAGE plpgsql STABLE ROWS 100
                SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
                #variable_conflict use_column
                BEGIN
                    IF of_role IS NULL THEN
                        RETURN QUERY
                            SELECT id, display_name, role, email, deactivated_at FROM users
                            WHERE (display_name, id) > (after_name, after_id)
                            ORDER BY display_name, id LIMIT at_most;
                    ELSE
                        RETURN QUERY
                            SELECT id, display_name, role, email, deactivated_at FROM users
                            WHERE role = of_role AND deactivated_at IS NULL AND (display_name, id) > (after_name, after_id)
                            ORDER BY display_name, id LIMIT at_most;
                    END IF;
                END $$;

                -- The users whose search text has a term: of a role and not deactivated, by name; or, where the role is null, all, by name or e-mail address.
                -- In the order of display name and id, after a place in it. A term has 2 characters or more, and is in folded form.
                --
                -- The settings leave each of the two steps one plan, with any statistics. The first step reads the first 1,000 users in order: it
                -- finds enough of what is common, and costs little where that is not so. The second one finds all of what is rarer by the index.
                CREATE FUNCTION find_users(term text, of_role text, after_name text, after_id uuid, at_most int)
                RETURNS TABLE (id uuid, display_name varchar, role varchar, email varchar, deactivated_at timestamptz) LANGUAGE plpgsql STABLE ROWS 100
                SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
                SET enable_bitmapscan = off SET enable_indexscan = on SET enable_indexonlyscan = on SET enable_sort = off AS $$
                #variable_conflict use_column
                DECLARE
                    is_short boolean := length(term) = 2;
                    escaped text := replace(replace(replace(term, '!', '!!'), '%', '!%'), '_', '!_');
                    at_start text := CASE WHEN is_short THEN escaped || '%' ELSE '%' || escaped || '%' END;
                    at_word text := CASE WHEN is_short THEN '% ' || escaped || '%' ELSE at_start END;
                    grams text[] := CASE WHEN is_short THEN ARRAY[' ' || term]
                        ELSE ARRAY(SELECT substr(term, place, 3) FROM generate_series(1, length(term) - 2) AS place) END;
                    email_grams text[] := ARRAY(SELECT '@' || gram FROM unnest(grams) AS gram);
                    taken int;
                BEGIN
                    IF of_role IS NULL THEN
                        RETURN QUERY
                            SELECT near.id, near.display_name, near.role, near.email, near.deactivated_at
                            FROM (
                                SELECT id, display_name, role, email, deactivated_at, search_name, search_email FROM users
                                WHERE (display_name, id) > (after_name, after_id)
                                ORDER BY display_name, id LIMIT 1000) AS near
                            WHERE near.search_name LIKE at_start ESCAPE '!' OR near.search_name LIKE at_word ESCAPE '!'
                               OR near.search_email LIKE at_start ESCAPE '!' OR near.search_email LIKE at_word ESCAPE '!'
                            ORDER BY near.display_name, near.id LIMIT at_most;
                    ELSE
                        RETURN QUERY
                            SELECT near.id, near.display_name, near.role, near.email, near.deactivated_at
                            FROM (
                                SELECT id, display_name, role, email, deactivated_at, search_name FROM users
                                WHERE role = of_role AND (display_name, id) > (after_name, after_id)
                                ORDER BY display_name, id LIMIT 1000) AS near
                            WHERE near.deactivated_at IS NULL AND (near.search_name LIKE at_start ESCAPE '!' OR near.search_name LIKE at_word ESCAPE '!')
                            ORDER BY near.display_name, near.id LIMIT at_most;
                    END IF;

                    GET DIAGNOSTICS taken = ROW_COUNT;
                    IF taken = at_most THEN
                        RETURN;
                    END IF;

                    PERFORM set_config('enable_bitmapscan', 'on', true), set_config('enable_sort', 'on', true),
                        set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true);
                    IF of_role IS NULL THEN
                        RETURN QUERY
                            WITH matching AS MATERIALIZED (
                                SELECT id, display_name, role, email, deactivated_at FROM users
                                WHERE search_name IS NOT NULL
                                  AND ((search_grams(search_name, search_email) COLLATE "C") @> grams
                                    OR (search_grams(search_name, search_email) COLLATE "C") @> email_grams)
                                  AND (search_name LIKE at_start ESCAPE '!' OR search_name LIKE at_word ESCAPE '!'
                                    OR search_email LIKE at_start ESCAPE '!' OR search_email LIKE at_word ESCAPE '!'))
                            SELECT matching.id, matching.display_name, matching.role, matching.email, matching.deactivated_at FROM matching
                            WHERE (matching.display_name, matching.id) > (after_name, after_id)
                            ORDER BY matching.display_name, matching.id OFFSET taken LIMIT at_most - taken;
                    ELSE
                        RETURN QUERY
                            WITH matching AS MATERIALIZED (
                                SELECT id, display_name, role, email, deactivated_at FROM users
                                WHERE search_name IS NOT NULL
                                  AND (search_grams(search_name, search_email) COLLATE "C") @> grams
                                  AND (search_name LIKE at_start ESCAPE '!' OR search_name LIKE at_word ESCAPE '!'))
                            SELECT matching.id, matching.display_name, matching.role, matching.email, matching.deactivated_at FROM matching
                            WHERE matching.role = of_role AND matching.deactivated_at IS NULL
                              AND (matching.display_name, matching.id) > (after_name, after_id)
                            ORDER BY matching.display_name, matching.id OFFSET taken LIMIT at_most - taken;
                    END IF;
                END $$;

                -- A change of a name or an address by hand leaves the search text to the server, which writes it within a minute.
                CREATE FUNCTION forget_search_text() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF (NEW.display_name, NEW.email) IS DISTINCT FROM (OLD.display_name, OLD.email)
                        AND (NEW.search_name, NEW.search_email) IS NOT DISTINCT FROM (OLD.search_name, OLD.search_email) THEN
                        NEW.search_name := NULL;
                        NEW.search_email := NULL;
                    END IF;

                    RETURN NEW;
                END $$;
                CREATE TRIGGER forget_search_text BEFORE UPDATE OF display_name, email ON users
                    FOR EACH ROW EXECUTE FUNCTION forget_search_text();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                DROP TRIGGER forget_search_text ON users;
                DROP FUNCTION forget_search_text();
                DROP FUNCTION find_users(text, text, text, uuid, int);
                DROP FUNCTION list_users(text, text, uuid, int);
                DROP INDEX ix_users_search_grams;
                DROP FUNCTION search_grams(text, text);
                """);

            migrationBuilder.DropIndex(
                name: "ix_users_display_name_id",
                table: "users");

            migrationBuilder.DropIndex(
                name: "ix_users_without_search_text",
                table: "users");

            migrationBuilder.DropColumn(
                name: "search_email",
                table: "users");

            migrationBuilder.DropColumn(
                name: "search_name",
                table: "users");
        }
    }
}
