using CleanMessaging.Infrastructure.Persistence.Sql;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class DefaultExpiration : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "expires_by_default",
                table: "messages",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "sent_expiration_hours",
                table: "messages",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "default_expiration_hours",
                table: "conversations",
                type: "integer",
                nullable: true);

            migrationBuilder.AddCheckConstraint(
                name: "ck_conversations_default_expiration_hours",
                table: "conversations",
                sql: "default_expiration_hours BETWEEN 1 AND 8760");

            migrationBuilder.Sql(SqlFile.Visibility);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropCheckConstraint(
                name: "ck_conversations_default_expiration_hours",
                table: "conversations");

            migrationBuilder.DropColumn(
                name: "default_expiration_hours",
                table: "conversations");

            migrationBuilder.DropColumn(
                name: "sent_expiration_hours",
                table: "messages");

            migrationBuilder.DropColumn(
                name: "expires_by_default",
                table: "messages");
        }
    }
}
