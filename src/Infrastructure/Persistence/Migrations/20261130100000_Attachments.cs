using System;
using CleanMessaging.Infrastructure.Persistence.Sql;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class Attachments : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "attachments",
                table: "messages",
                type: "jsonb",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_messages_with_attachments",
                table: "messages",
                columns: new[] { "conversation_id", "sequence" },
                filter: "attachments IS NOT NULL");

            // A message with attachments needs no text. The rule is not validated, because that would read the whole table under a lock:
            // every stored message satisfies it, because it satisfied the old one.
            // A server of the previous version may delete a message with attachments, and keeps them in the row: no one sees a deleted message.
            migrationBuilder.Sql(
                """
                ALTER TABLE messages
                    DROP CONSTRAINT ck_messages_deleted,
                    ADD CONSTRAINT ck_messages_deleted CHECK ((deleted_at IS NULL) = (deleted_by IS NULL) AND CASE WHEN deleted_at IS NULL THEN content <> '' OR attachments IS NOT NULL ELSE content = '' END) NOT VALID;
                """);

            CreateAttachments(migrationBuilder);
            CreateObjects(migrationBuilder);
            migrationBuilder.CreateTable(
                name: "storage_allowances",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    bytes_limit = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_storage_allowances", x => x.user_id);
                    table.CheckConstraint("ck_storage_allowances_bytes_limit", "bytes_limit >= 0");
                    table.ForeignKey(
                        name: "fk_storage_allowances_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.Sql(SqlFile.Visibility);
        }

        /// <inheritdoc />
        /// <exception cref="NotSupportedException">Always: the previous schema cannot store a message without text.</exception>
        protected override void Down(MigrationBuilder migrationBuilder) => throw new NotSupportedException(
            "A database with attachments cannot return to a schema without them. Restore a backup instead.");

        private static void CreateAttachments(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "attachments",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    uploader_id = table.Column<Guid>(type: "uuid", nullable: false),
                    conversation_id = table.Column<Guid>(type: "uuid", nullable: false),
                    client_upload_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<short>(type: "smallint", nullable: false),
                    name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    description = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    declared_bytes = table.Column<long>(type: "bigint", nullable: false),
                    received_bytes = table.Column<long>(type: "bigint", nullable: false),
                    state = table.Column<short>(type: "smallint", nullable: false),
                    rejection_code = table.Column<string>(type: "character varying(60)", maxLength: 60, nullable: true),
                    content_type = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    bytes = table.Column<long>(type: "bigint", nullable: true),
                    width = table.Column<int>(type: "integer", nullable: true),
                    height = table.Column<int>(type: "integer", nullable: true),
                    blurhash = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    duration_ms = table.Column<int>(type: "integer", nullable: true),
                    waveform = table.Column<short[]>(type: "smallint[]", nullable: true),
                    thumbnail_bytes = table.Column<long>(type: "bigint", nullable: true),
                    encrypted_key = table.Column<byte[]>(type: "bytea", nullable: true),
                    object_id = table.Column<Guid>(type: "uuid", nullable: true),
                    thumbnail_object_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    remove_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    message_id = table.Column<Guid>(type: "uuid", nullable: true),
                    erased_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_attachments", x => x.id);
                    table.CheckConstraint("ck_attachments_message_id", "message_id IS NULL OR state = 1");
                    table.CheckConstraint("ck_attachments_received_bytes", "declared_bytes >= 1 AND received_bytes BETWEEN 0 AND declared_bytes");
                    table.CheckConstraint("ck_attachments_state", "(state = 1) = (object_id IS NOT NULL) AND (state = 2) = (rejection_code IS NOT NULL)");
                    table.ForeignKey(
                        name: "fk_attachments_conversations_conversation_id",
                        column: x => x.conversation_id,
                        principalTable: "conversations",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_attachments_messages_message_id",
                        column: x => x.message_id,
                        principalTable: "messages",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_attachments_users_uploader_id",
                        column: x => x.uploader_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_attachments_conversation_id",
                table: "attachments",
                column: "conversation_id");

            migrationBuilder.CreateIndex(
                name: "ix_attachments_message_id",
                table: "attachments",
                column: "message_id");

            migrationBuilder.CreateIndex(
                name: "ix_attachments_stored",
                table: "attachments",
                column: "uploader_id",
                filter: "erased_at IS NULL AND encrypted_key IS NOT NULL")
                .Annotation("Npgsql:IndexInclude", new[] { "declared_bytes", "state", "remove_at" });

            migrationBuilder.CreateIndex(
                name: "ix_attachments_to_remove",
                table: "attachments",
                column: "remove_at",
                filter: "erased_at IS NULL AND remove_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_attachments_without_key",
                table: "attachments",
                column: "created_at",
                filter: "erased_at IS NULL AND encrypted_key IS NULL");

            migrationBuilder.CreateIndex(
                name: "ux_attachments_uploader_id_client_upload_id",
                table: "attachments",
                columns: new[] { "uploader_id", "client_upload_id" },
                unique: true);
        }

        private static void CreateObjects(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "attachment_objects",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    attachment_id = table.Column<Guid>(type: "uuid", nullable: false),
                    role = table.Column<short>(type: "smallint", nullable: false),
                    part_offset = table.Column<long>(type: "bigint", nullable: true),
                    part_length = table.Column<long>(type: "bigint", nullable: true),
                    is_used = table.Column<bool>(type: "boolean", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_attachment_objects", x => x.id);
                    table.CheckConstraint("ck_attachment_objects_part", "(role = 0) = (part_offset IS NOT NULL) AND (part_length IS NULL OR (role = 0 AND part_length >= 1))");
                    table.ForeignKey(
                        name: "fk_attachment_objects_attachments_attachment_id",
                        column: x => x.attachment_id,
                        principalTable: "attachments",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_attachment_objects_attachment_id",
                table: "attachment_objects",
                column: "attachment_id");

            migrationBuilder.CreateIndex(
                name: "ix_attachment_objects_unused",
                table: "attachment_objects",
                column: "created_at",
                filter: "NOT is_used");
        }
    }
}
