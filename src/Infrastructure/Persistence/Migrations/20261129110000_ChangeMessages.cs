using System;
using CleanMessaging.Infrastructure.Persistence.Sql;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class ChangeMessages : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_messages_conversation_id_revision",
                table: "messages");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "deleted_at",
                table: "messages",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<short>(
                name: "deleted_by",
                table: "messages",
                type: "smallint",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "edited_at",
                table: "messages",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "version",
                table: "messages",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateTable(
                name: "message_versions",
                columns: table => new
                {
                    message_id = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    content = table.Column<string>(type: "character varying(5000)", maxLength: 5000, nullable: false),
                    written_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_message_versions", x => new { x.message_id, x.number });
                    table.ForeignKey(
                        name: "fk_message_versions_messages_message_id",
                        column: x => x.message_id,
                        principalTable: "messages",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_messages_deleted",
                table: "messages",
                columns: new[] { "conversation_id", "sequence" },
                filter: "deleted_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ux_messages_conversation_id_revision",
                table: "messages",
                columns: new[] { "conversation_id", "revision" },
                unique: true);

            migrationBuilder.Sql(
                """
                ALTER TABLE messages
                    ADD CONSTRAINT ck_messages_deleted CHECK ((deleted_at IS NULL) = (content <> '') AND (deleted_at IS NULL) = (deleted_by IS NULL)),
                    ADD CONSTRAINT ck_messages_version CHECK (version >= 0 AND (version = 0) = (edited_at IS NULL));

                -- A deleted message is in none of the indexes that find visible ones past any number of others.
                DROP INDEX ix_messages_lasting;
                CREATE INDEX ix_messages_lasting ON messages (conversation_id, sequence) WHERE expires_at IS NULL AND deleted_at IS NULL;
                DO $migration$
                BEGIN
                    IF to_regclass('ix_messages_expiring') IS NOT NULL THEN
                        DROP INDEX ix_messages_expiring;
                        CREATE INDEX ix_messages_expiring ON messages USING gist (conversation_id, sequence, expires_at)
                            WHERE expires_at IS NOT NULL AND deleted_at IS NULL;
                    END IF;
                END $migration$;
                """);

            migrationBuilder.Sql(SqlFile.Visibility);
        }

        /// <inheritdoc />
        /// <exception cref="NotSupportedException">Always: the previous schema would count deleted messages as visible.</exception>
        protected override void Down(MigrationBuilder migrationBuilder) => throw new NotSupportedException(
            "A database with deleted messages cannot return to a schema without deletions. Restore a backup instead.");
    }
}
