namespace CleanMessaging.Client;

/// <summary>What an Admin can do; everybody else gets a <see cref="MessagingException"/> with <c>auth.forbidden</c>.</summary>
public sealed class AdministrationClient
{
    private readonly ApiTransport _api;

    internal AdministrationClient(ApiTransport api) => _api = api;

    /// <summary>Adds points to a wallet; under the same key once, however often it is asked for.</summary>
    /// <param name="amount">Points, 1 to 1,000,000,000,000.</param>
    /// <param name="reason">Why, 1 to 500 characters; stands in the user's statement.</param>
    /// <param name="idempotencyKey">1 to 200 visible ASCII characters. Keep it, and use it again after an uncertain answer.</param>
    /// <exception cref="NotFoundException"><c>wallet.not_found</c></exception>
    /// <exception cref="MessagingException"><c>wallet.idempotency_key_reused</c>, <c>wallet.balance_too_large</c></exception>
    /// <exception cref="ArgumentException">The key is empty, or has characters that no header can have.</exception>
    public async Task<WalletTransaction> CreditAsync(
        Guid userId, long amount, string reason, string idempotencyKey, CancellationToken cancellationToken = default)
    {
        if (idempotencyKey.Length == 0 || idempotencyKey.Any(character => character is < '!' or > '~'))
            throw new ArgumentException("A key has visible ASCII characters alone.", nameof(idempotencyKey));

        var credited = await _api.PostAsync(
            $"admin/wallets/{userId}/credit",
            new CreditRequest(amount, reason),
            MessagingJson.Default.CreditRequest,
            MessagingJson.Default.EnvelopeWalletTransaction,
            cancellationToken,
            ("Idempotency-Key", idempotencyKey)).ConfigureAwait(false);

        return credited.Data;
    }

    /// <summary>Takes a transaction back with a linked opposite; at most once.</summary>
    /// <param name="reason">Why, 1 to 500 characters; stands in the user's statement.</param>
    /// <exception cref="NotFoundException"><c>wallet.transaction_not_found</c></exception>
    /// <exception cref="ReversalExceedsBalanceException">The points were spent meanwhile.</exception>
    /// <exception cref="MessagingException">
    /// <c>wallet.already_reversed</c>, <c>wallet.not_reversible</c>, <c>wallet.balance_too_large</c>
    /// </exception>
    public async Task<WalletTransaction> ReverseAsync(Guid transactionId, string reason, CancellationToken cancellationToken = default)
    {
        var reversed = await _api.PostAsync(
            $"admin/wallet-transactions/{transactionId}/reverse",
            new ReverseRequest(reason),
            MessagingJson.Default.ReverseRequest,
            MessagingJson.Default.EnvelopeWalletTransaction,
            cancellationToken).ConfigureAwait(false);

        return reversed.Data;
    }

    /// <summary>Recomputes every balance from the ledger.</summary>
    public async Task<LedgerVerification> VerifyAsync(CancellationToken cancellationToken = default)
    {
        var query = new QueryText("admin/wallets/verify");

        return (await _api.GetAsync(query, MessagingJson.Default.EnvelopeLedgerVerification, cancellationToken).ConfigureAwait(false)).Data;
    }

    /// <summary>Gives a user limits of their own, valid at once.</summary>
    /// <param name="dailyFreeLimit">Free messages a day, 0 to 1,000,000; null for the general limit.</param>
    /// <param name="pointsPerMessage">Price of each further one in points, 0 to 1,000,000; null for the general price.</param>
    /// <exception cref="NotFoundException"><c>user.not_found</c></exception>
    public async Task<Quota> SetQuotaAsync(
        Guid userId, int? dailyFreeLimit, long? pointsPerMessage, CancellationToken cancellationToken = default)
    {
        var set = await _api.PutAsync(
            $"admin/users/{userId}/quota",
            new SetQuotaRequest(dailyFreeLimit, pointsPerMessage),
            MessagingJson.Default.SetQuotaRequest,
            MessagingJson.Default.EnvelopeQuota,
            cancellationToken).ConfigureAwait(false);

        return set.Data;
    }

    /// <summary>Shuts a user out: their sessions and connections end within seconds, and they cannot log in.</summary>
    /// <exception cref="NotFoundException"><c>user.not_found</c></exception>
    /// <exception cref="MessagingException"><c>user.deactivating_self</c></exception>
    public Task<FoundUser> DeactivateAsync(Guid userId, CancellationToken cancellationToken = default) =>
        ChangeUserAsync(userId, "deactivate", cancellationToken);

    /// <summary>Lets a deactivated user log in again.</summary>
    /// <exception cref="NotFoundException"><c>user.not_found</c></exception>
    public Task<FoundUser> ReactivateAsync(Guid userId, CancellationToken cancellationToken = default) =>
        ChangeUserAsync(userId, "reactivate", cancellationToken);

    private async Task<FoundUser> ChangeUserAsync(Guid userId, string change, CancellationToken cancellationToken) =>
        (await _api.PostAsync($"admin/users/{userId}/{change}", MessagingJson.Default.EnvelopeFoundUser, cancellationToken).ConfigureAwait(false)).Data;
}
