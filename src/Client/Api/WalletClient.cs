namespace CleanMessaging.Client;

/// <summary>Reads the points of the signed-in user.</summary>
public sealed class WalletClient
{
    private readonly ApiTransport _api;

    internal WalletClient(ApiTransport api) => _api = api;

    /// <summary>Returns the points in the wallet, 0 or more.</summary>
    public async Task<long> GetBalanceAsync(CancellationToken cancellationToken = default) =>
        (await _api.GetAsync(
            new QueryText("wallet"), MessagingJson.Default.EnvelopeWallet, cancellationToken)
            .ConfigureAwait(false)).Data.Balance;

    /// <summary>Lists the ledger lines of the wallet, newest first.</summary>
    /// <param name="cursor">The previous page's <see cref="Page{T}.NextCursor"/>; null for the first page.</param>
    /// <param name="limit">The page size, 1 to 100.</param>
    /// <exception cref="MessagingException"><c>page.invalid_cursor</c></exception>
    public async Task<Page<WalletTransaction>> GetStatementAsync(
        string? cursor = null, int limit = 50, CancellationToken cancellationToken = default)
    {
        var query = new QueryText("wallet/transactions").Add("cursor", cursor).Add("limit", limit);
        var statement = await _api.GetAsync(query, MessagingJson.Default.PageEnvelopeWalletTransaction, cancellationToken)
            .ConfigureAwait(false);

        return new Page<WalletTransaction>(statement.Data, statement.Page.NextCursor);
    }
}
