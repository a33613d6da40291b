using System;
using CleanMessaging.Infrastructure.Persistence.Sql;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class PersonalState : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "archived_through",
                table: "participants",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "cleared_through",
                table: "participants",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "deleted_through",
                table: "participants",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "hidden_count",
                table: "participants",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "muted_until",
                table: "participants",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "personal_revision",
                table: "participants",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "pinned_at",
                table: "participants",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "hidden_messages",
                columns: table => new
                {
                    conversation_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    sequence = table.Column<long>(type: "bigint", nullable: false),
                    personal_revision = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_hidden_messages", x => new { x.conversation_id, x.user_id, x.sequence });
                    table.ForeignKey(
                        name: "fk_hidden_messages_conversations_conversation_id",
                        column: x => x.conversation_id,
                        principalTable: "conversations",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.AddCheckConstraint(
                name: "ck_participants_personal",
                table: "participants",
                sql: "personal_revision >= 0 AND cleared_through >= 0 AND hidden_count BETWEEN 0 AND 5000");

            migrationBuilder.Sql(SqlFile.Visibility);
        }

        /// <inheritdoc />
        /// <exception cref="NotSupportedException">Always: the previous schema would show hidden and cleared messages.</exception>
        protected override void Down(MigrationBuilder migrationBuilder) => throw new NotSupportedException(
            "A database with hidden and cleared messages cannot return to a schema without them. Restore a backup instead.");
    }
}
