using System;
using CleanMessaging.Infrastructure.Persistence.Sql;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class Avatars : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "avatar_id",
                table: "users",
                type: "uuid",
                nullable: true);

            migrationBuilder.AlterColumn<Guid>(
                name: "conversation_id",
                table: "attachments",
                type: "uuid",
                nullable: true,
                oldClrType: typeof(Guid),
                oldType: "uuid");

            migrationBuilder.CreateIndex(
                name: "ux_users_avatar_id",
                table: "users",
                column: "avatar_id",
                unique: true,
                filter: "avatar_id IS NOT NULL");

            // Not validated, because that would read the whole tables under a lock: no user has an avatar yet, and every attachment has a
            // conversation.
            migrationBuilder.Sql(
                """
                ALTER TABLE attachments ADD CONSTRAINT ck_attachments_conversation_id
                    CHECK ((conversation_id IS NULL) = (kind = 3) AND (conversation_id IS NOT NULL OR message_id IS NULL)) NOT VALID;
                ALTER TABLE users ADD CONSTRAINT fk_users_attachments_avatar_id
                    FOREIGN KEY (avatar_id) REFERENCES attachments (id) ON DELETE RESTRICT NOT VALID;
                """);
            migrationBuilder.Sql(SqlFile.Visibility);
        }

        /// <inheritdoc />
        /// <exception cref="NotSupportedException">Always: the previous schema cannot store an attachment without a conversation.</exception>
        protected override void Down(MigrationBuilder migrationBuilder) => throw new NotSupportedException(
            "A database with avatars cannot return to a schema without them. Restore a backup instead.");
    }
}
