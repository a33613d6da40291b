using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanMessaging.Infrastructure.Persistence.Migrations
{
    /// <summary>Makes the database itself refuse to change the ledger, and leaves room for rows that change with every message.</summary>
    public partial class AppendOnlyLedger : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'wallet_transactions is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
                END $$;

                CREATE TRIGGER tr_wallet_transactions_append_only BEFORE UPDATE OR DELETE ON wallet_transactions
                    FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();
                CREATE TRIGGER tr_wallet_transactions_no_truncate BEFORE TRUNCATE ON wallet_transactions
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();

                ALTER TABLE conversations SET (fillfactor = 50);
                ALTER TABLE message_quotas SET (fillfactor = 50);
                ALTER TABLE wallets SET (fillfactor = 50);
                ALTER TABLE participants SET (fillfactor = 70);
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                DROP TRIGGER tr_wallet_transactions_no_truncate ON wallet_transactions;
                DROP TRIGGER tr_wallet_transactions_append_only ON wallet_transactions;
                DROP FUNCTION refuse_ledger_change();
                ALTER TABLE conversations RESET (fillfactor);
                ALTER TABLE message_quotas RESET (fillfactor);
                ALTER TABLE wallets RESET (fillfactor);
                ALTER TABLE participants RESET (fillfactor);
                """);
        }
    }
}
