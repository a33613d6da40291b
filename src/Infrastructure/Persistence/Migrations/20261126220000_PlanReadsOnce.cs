using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class PlanReadsOnce : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                DO $migration$
                DECLARE
                    expiring_first text := CASE WHEN to_regclass('ix_messages_expiring') IS NULL THEN 'sequence DESC' ELSE 'sequence <-> 9223372036854775807' END;
                BEGIN
                EXECUTE replace($function$
                -- For a preview the nearest few are enough: what comes beyond them costs no more than two looks into an index.
                CREATE OR REPLACE FUNCTION newest_visible_id(of_conversation uuid, at timestamptz) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
                DECLARE
                    newest uuid;
                BEGIN
                    SELECT id INTO newest
                    FROM (SELECT id, sequence, expires_at FROM messages WHERE conversation_id = of_conversation ORDER BY sequence DESC LIMIT 20) AS nearest
                    WHERE expires_at IS NULL OR expires_at > at
                    ORDER BY sequence DESC LIMIT 1;
                    IF newest IS NULL THEN
                        SELECT id INTO newest FROM (
                            (SELECT id, sequence FROM messages WHERE conversation_id = of_conversation AND expires_at IS NULL ORDER BY sequence DESC LIMIT 1)
                            UNION ALL
                            (SELECT id, sequence FROM messages WHERE conversation_id = of_conversation AND expires_at > at ORDER BY {expiring first} LIMIT 1)) AS farther
                        ORDER BY sequence DESC LIMIT 1;
                    END IF;

                    RETURN newest;
                END $$
                $function$, '{expiring first}', expiring_first);
                END $migration$;

                -- There is one right plan for each, by index, whatever the statistics say: to plan anew with every call takes longer than the call.
                ALTER FUNCTION newest_visible_id SET plan_cache_mode = force_generic_plan SET enable_seqscan = off;
                ALTER FUNCTION newest_visible SET plan_cache_mode = force_generic_plan SET enable_seqscan = off;
                ALTER FUNCTION oldest_visible SET plan_cache_mode = force_generic_plan SET enable_seqscan = off;
                ALTER FUNCTION count_received SET plan_cache_mode = force_generic_plan SET enable_seqscan = off;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) =>
            migrationBuilder.Sql(
                """
                ALTER FUNCTION count_received RESET plan_cache_mode RESET enable_seqscan;
                ALTER FUNCTION oldest_visible RESET plan_cache_mode RESET enable_seqscan;
                ALTER FUNCTION newest_visible RESET plan_cache_mode RESET enable_seqscan;

                CREATE OR REPLACE FUNCTION newest_visible_id(of_conversation uuid, at timestamptz) RETURNS uuid LANGUAGE sql STABLE AS $$
                    SELECT id FROM newest_visible(of_conversation, at, 0, 9223372036854775807, 1)
                $$;
                """);
    }
}
