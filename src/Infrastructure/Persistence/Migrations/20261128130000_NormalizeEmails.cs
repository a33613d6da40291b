using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class NormalizeEmails : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder) =>
            migrationBuilder.Sql(
                """
                DO $migration$
                BEGIN
                    -- PostgreSQL normalizes in this encoding only; in another one there is little to normalize.
                    IF getdatabaseencoding() <> 'UTF8' THEN
                        RETURN;
                    END IF;

                    -- Addresses were put in upper case without the library that knows the long s and composes letters. Where two accounts would get
                    -- the same key, the one that was made first gets it, or has it already; the other keeps its own and is found by that.
                    WITH changed AS (
                        SELECT id, normalize(replace(normalized_email, chr(383), 'S'), NFC) AS key, normalize(email, NFC) AS address
                        FROM users
                        WHERE normalized_email IS NOT NFC NORMALIZED OR strpos(normalized_email, chr(383)) > 0
                    ), first_of_each AS (
                        SELECT DISTINCT ON (key) id, key, address
                        FROM changed
                        WHERE char_length(key) <= 254 AND char_length(address) <= 254
                          AND NOT EXISTS (SELECT FROM users AS other WHERE changed.key IN (other.normalized_email, other.normalized_user_name))
                        ORDER BY key, id
                    )
                    UPDATE users
                    SET email = address, user_name = address, normalized_email = key, normalized_user_name = key
                    FROM first_of_each
                    WHERE users.id = first_of_each.id;
                END $migration$;
                """);

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            // The addresses are as good for the version before.
        }
    }
}
