using System;
using CleanMessaging.Infrastructure.Persistence.Sql;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class EncryptTexts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // The stored form of an encrypted text is longer than the text. PostgreSQL changes the type without reading the table, unless an index
            // or a rule names the column, so these are dropped first. The rules are not validated, because that would read the whole table
            // under a lock: every stored row satisfies them. Only building the index reads it.
            migrationBuilder.Sql(
                """
                ALTER TABLE messages DROP CONSTRAINT ck_messages_deleted;
                DROP INDEX ix_messages_to_purge;
                ALTER TABLE messages
                    ALTER COLUMN content TYPE character varying(26708),
                    ADD COLUMN is_encrypted boolean NOT NULL DEFAULT false;
                ALTER TABLE messages
                    ADD CONSTRAINT ck_messages_content CHECK (is_encrypted OR char_length(content) <= 5000) NOT VALID,
                    ADD CONSTRAINT ck_messages_deleted CHECK ((deleted_at IS NULL) = (deleted_by IS NULL) AND CASE WHEN deleted_at IS NULL THEN is_expired OR content <> '' OR attachments IS NOT NULL ELSE content = '' END) NOT VALID;
                CREATE INDEX ix_messages_to_purge ON messages (expires_at) WHERE is_expired AND (content <> '' OR attachments IS NOT NULL);
                ALTER TABLE message_versions
                    ALTER COLUMN content TYPE character varying(26708),
                    ADD COLUMN is_encrypted boolean NOT NULL DEFAULT false;
                ALTER TABLE message_versions
                    ADD CONSTRAINT ck_message_versions_content CHECK (is_encrypted OR char_length(content) <= 5000) NOT VALID;
                """);

            migrationBuilder.CreateTable(
                name: "conversation_keys",
                columns: table => new
                {
                    conversation_id = table.Column<Guid>(type: "uuid", nullable: false),
                    encrypted_key = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_conversation_keys", x => x.conversation_id);
                    table.ForeignKey(
                        name: "fk_conversation_keys_conversations_conversation_id",
                        column: x => x.conversation_id,
                        principalTable: "conversations",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            // What follows the 60 bytes of an encrypted key is the id of the key of the ring that it is encrypted under.
            migrationBuilder.Sql(
                """
                CREATE INDEX ix_conversation_keys_key_id ON conversation_keys (substring(encrypted_key FROM 61));
                CREATE INDEX ix_attachments_key_id ON attachments (substring(encrypted_key FROM 61)) WHERE encrypted_key IS NOT NULL;
                """);
            migrationBuilder.Sql(SqlFile.Visibility);
        }

        /// <inheritdoc />
        /// <exception cref="NotSupportedException">Always: the previous schema cannot decrypt the texts.</exception>
        protected override void Down(MigrationBuilder migrationBuilder) => throw new NotSupportedException(
            "A database with encrypted texts cannot return to a schema without them. Restore a backup instead.");
    }
}
