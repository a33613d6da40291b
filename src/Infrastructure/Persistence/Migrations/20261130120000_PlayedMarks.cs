using System;
using CleanMessaging.Infrastructure.Persistence.Sql;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class PlayedMarks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // No constraint that a deleted message has no played mark: during a rolling upgrade, servers of the previous version delete messages
            // and do not know the column.
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "played_at",
                table: "messages",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.Sql(SqlFile.Visibility);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropColumn(
            name: "played_at",
            table: "messages");
    }
}
