using System;
using CleanMessaging.Infrastructure.Persistence.Sql;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class DefaultExpirationSetBy : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "default_expiration_set_by",
                table: "conversations",
                type: "uuid",
                nullable: true);

            migrationBuilder.Sql(SqlFile.Visibility);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropColumn(
            name: "default_expiration_set_by",
            table: "conversations");
    }
}
