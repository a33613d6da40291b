using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class AccessVersions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "access_changed_at",
                table: "users",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "access_version",
                table: "users",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateIndex(
                name: "ix_users_access_changed_at",
                table: "users",
                column: "access_changed_at",
                filter: "access_changed_at IS NOT NULL");

            migrationBuilder.Sql(
                """
                -- Every server looks for users whose access changed in the last minute. Deferred, so that the time is that of the COMMIT, however long before
                -- it the row was changed by hand.
                CREATE FUNCTION advance_access_version() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    EXECUTE format(
                        'UPDATE %s SET access_version = access_version + 1, access_changed_at = clock_timestamp() WHERE id = $1', TG_RELID::regclass)
                    USING NEW.id;

                    RETURN NULL;
                END $$;
                CREATE CONSTRAINT TRIGGER advance_access_version AFTER UPDATE OF role, deactivated_at ON users DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW WHEN (OLD.role IS DISTINCT FROM NEW.role OR (OLD.deactivated_at IS NULL) <> (NEW.deactivated_at IS NULL))
                    EXECUTE FUNCTION advance_access_version();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                DROP TRIGGER advance_access_version ON users;
                DROP FUNCTION advance_access_version();
                """);

            migrationBuilder.DropIndex(
                name: "ix_users_access_changed_at",
                table: "users");

            migrationBuilder.DropColumn(
                name: "access_changed_at",
                table: "users");

            migrationBuilder.DropColumn(
                name: "access_version",
                table: "users");
        }
    }
}
