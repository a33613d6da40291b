using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class UploadLimits : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_attachments_stored",
                table: "attachments");

            migrationBuilder.AddColumn<int>(
                name: "uploads_begun",
                table: "storage_allowances",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "uploads_since",
                table: "storage_allowances",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "inspection_timeouts",
                table: "attachments",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateIndex(
                name: "ix_attachments_stored",
                table: "attachments",
                column: "uploader_id",
                filter: "erased_at IS NULL AND encrypted_key IS NOT NULL")
                .Annotation("Npgsql:IndexInclude", new[] { "declared_bytes", "bytes", "thumbnail_bytes", "state", "remove_at" });

            // A server of a version before attachments deletes a message, or moves its expiry, and leaves its attachments as they are. The
            // eraser finds them by their time of removal. Other servers change the attachments themselves, in the same transaction.
            migrationBuilder.Sql(
                """
                CREATE FUNCTION remove_attachments_with_message() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    EXECUTE format(
                        'UPDATE %I.attachments SET remove_at = $1 WHERE message_id = $2 AND (remove_at IS NULL OR remove_at > $1)',
                        TG_TABLE_SCHEMA)
                    USING least(NEW.deleted_at, NEW.expires_at), NEW.id;

                    RETURN NULL;
                END $$;
                CREATE TRIGGER remove_attachments_with_message AFTER UPDATE OF deleted_at, expires_at ON messages
                    FOR EACH ROW WHEN (NEW.attachments IS NOT NULL AND least(NEW.deleted_at, NEW.expires_at) IS NOT NULL)
                    EXECUTE FUNCTION remove_attachments_with_message();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                DROP TRIGGER remove_attachments_with_message ON messages;
                DROP FUNCTION remove_attachments_with_message();
                """);

            migrationBuilder.DropIndex(
                name: "ix_attachments_stored",
                table: "attachments");

            migrationBuilder.DropColumn(
                name: "uploads_begun",
                table: "storage_allowances");

            migrationBuilder.DropColumn(
                name: "uploads_since",
                table: "storage_allowances");

            migrationBuilder.DropColumn(
                name: "inspection_timeouts",
                table: "attachments");

            migrationBuilder.CreateIndex(
                name: "ix_attachments_stored",
                table: "attachments",
                column: "uploader_id",
                filter: "erased_at IS NULL AND encrypted_key IS NOT NULL")
                .Annotation("Npgsql:IndexInclude", new[] { "declared_bytes", "state", "remove_at" });
        }
    }
}
