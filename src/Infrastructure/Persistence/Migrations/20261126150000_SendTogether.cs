using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class SendTogether : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder) =>
            migrationBuilder.Sql(
                """
                CREATE FUNCTION ensure_unchanged(unchanged boolean) RETURNS void LANGUAGE plpgsql AS $$
                BEGIN
                    IF NOT unchanged THEN
                        RAISE EXCEPTION 'a row was changed since it was read' USING ERRCODE = 'serialization_failure';
                    END IF;
                END $$;
                """);

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("DROP FUNCTION ensure_unchanged(boolean);");
    }
}
