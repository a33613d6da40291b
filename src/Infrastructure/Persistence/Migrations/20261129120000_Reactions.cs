using CleanMessaging.Infrastructure.Persistence.Sql;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class Reactions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // No constraint that a deleted message has no reactions: during a rolling upgrade, servers of the previous version delete messages
            // and do not know the column.
            migrationBuilder.AddColumn<string>(
                name: "reactions",
                table: "messages",
                type: "jsonb",
                nullable: true);

            migrationBuilder.Sql(SqlFile.Visibility);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropColumn(
            name: "reactions",
            table: "messages");
    }
}
