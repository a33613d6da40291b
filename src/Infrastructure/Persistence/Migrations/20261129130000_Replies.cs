using CleanMessaging.Infrastructure.Persistence.Sql;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class Replies : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // Neither the column nor the constraint reads the table. Both statements can be repeated, because the last one commits them.
            migrationBuilder.Sql(
                """
                ALTER TABLE messages ADD COLUMN IF NOT EXISTS reply_to_sequence bigint;
                ALTER TABLE messages DROP CONSTRAINT IF EXISTS ck_messages_reply_to_sequence;
                ALTER TABLE messages ADD CONSTRAINT ck_messages_reply_to_sequence CHECK (reply_to_sequence BETWEEN 1 AND sequence - 1) NOT VALID;
                """);

            migrationBuilder.Sql(SqlFile.Visibility);

            // Reads the whole table. In its own transaction it does not block reads and writes.
            migrationBuilder.Sql("ALTER TABLE messages VALIDATE CONSTRAINT ck_messages_reply_to_sequence", suppressTransaction: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
            """
            DROP FUNCTION messages_by_sequence(uuid, uuid, bigint[], timestamptz);
            ALTER TABLE messages DROP COLUMN reply_to_sequence;
            """);
    }
}
