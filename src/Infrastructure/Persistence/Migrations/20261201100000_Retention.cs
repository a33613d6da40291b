using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class Retention : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // The contents of an expired message can be erased. The rule is not validated, because that would read the whole table under a
            // lock: every stored message satisfies it, because it satisfied the old one.
            migrationBuilder.Sql(
                """
                ALTER TABLE messages
                    DROP CONSTRAINT ck_messages_deleted,
                    ADD CONSTRAINT ck_messages_deleted CHECK ((deleted_at IS NULL) = (deleted_by IS NULL) AND CASE WHEN deleted_at IS NULL THEN is_expired OR content <> '' OR attachments IS NOT NULL ELSE content = '' END) NOT VALID;
                """);

            migrationBuilder.CreateTable(
                name: "admin_actions",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    actor_id = table.Column<Guid>(type: "uuid", nullable: false),
                    action = table.Column<string>(type: "character varying(50)", maxLength: 50, nullable: false),
                    subject = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    count = table.Column<int>(type: "integer", nullable: false),
                    reason = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_admin_actions", x => x.id);
                    table.CheckConstraint("ck_admin_actions_count", "count >= 1");
                    table.ForeignKey(
                        name: "fk_admin_actions_users_actor_id",
                        column: x => x.actor_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_messages_to_purge",
                table: "messages",
                column: "expires_at",
                filter: "is_expired AND (content <> '' OR attachments IS NOT NULL)");

            migrationBuilder.CreateIndex(
                name: "ix_admin_actions_actor_id",
                table: "admin_actions",
                column: "actor_id");

            migrationBuilder.Sql(
                """
                CREATE FUNCTION reject_admin_action_change() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'admin_actions is append-only: % rejected', TG_OP USING ERRCODE = 'restrict_violation';
                END $$;

                CREATE TRIGGER tr_admin_actions_append_only BEFORE UPDATE OR DELETE ON admin_actions
                    FOR EACH ROW EXECUTE FUNCTION reject_admin_action_change();
                CREATE TRIGGER tr_admin_actions_no_truncate BEFORE TRUNCATE ON admin_actions
                    FOR EACH STATEMENT EXECUTE FUNCTION reject_admin_action_change();
                """);
        }

        /// <inheritdoc />
        /// <exception cref="NotSupportedException">Always: the previous schema cannot store a message without contents.</exception>
        protected override void Down(MigrationBuilder migrationBuilder) => throw new NotSupportedException(
            "A database with purged messages cannot return to a schema without them. Restore a backup instead.");
    }
}
