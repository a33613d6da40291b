using System.Text.Json.Serialization.Metadata;

namespace CleanMessaging.Client;

/// <summary>The operations of an Admin. Other users get a <see cref="MessagingException"/> with <c>auth.forbidden</c>.</summary>
public sealed class AdministrationClient
{
    private const int StepAttemptsMax = 5;

    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(1);

    private readonly ApiTransport _api;

    internal AdministrationClient(ApiTransport api) => _api = api;

    /// <summary>Adds points to a wallet. Idempotent: repeated calls with the same key add the points once.</summary>
    /// <param name="amount">Points, 1 to 1,000,000,000,000.</param>
    /// <param name="reason">The reason, 1 to 500 characters; shown in the user's statement.</param>
    /// <param name="idempotencyKey">1 to 200 visible ASCII characters. Keep the key and retry with it when the outcome is unknown.</param>
    /// <exception cref="NotFoundException"><c>wallet.not_found</c></exception>
    /// <exception cref="MessagingException"><c>wallet.idempotency_key_reused</c>, <c>wallet.balance_too_large</c></exception>
    /// <exception cref="ArgumentException">The key is empty, or has characters that are not allowed in an HTTP header.</exception>
    public async Task<WalletTransaction> CreditAsync(
        Guid userId, long amount, string reason, string idempotencyKey, CancellationToken cancellationToken = default)
    {
        if (idempotencyKey.Length == 0 || idempotencyKey.Any(character => character is < '!' or > '~'))
            throw new ArgumentException("The key may have visible ASCII characters only.", nameof(idempotencyKey));

        var credited = await _api.PostAsync(
            $"admin/wallets/{userId}/credit",
            new CreditRequest(amount, reason),
            MessagingJson.Default.CreditRequest,
            MessagingJson.Default.EnvelopeWalletTransaction,
            cancellationToken,
            ("Idempotency-Key", idempotencyKey)).ConfigureAwait(false);

        return credited.Data;
    }

    /// <summary>Reverses a transaction with a linked opposite transaction. A transaction can be reversed once.</summary>
    /// <param name="reason">The reason, 1 to 500 characters; shown in the user's statement.</param>
    /// <exception cref="NotFoundException"><c>wallet.transaction_not_found</c></exception>
    /// <exception cref="ReversalExceedsBalanceException">The user has spent the points since.</exception>
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

    /// <summary>Verifies the whole ledger in as many steps as needed: about two minutes for 10 million lines.</summary>
    public Task<LedgerVerification> VerifyAsync(CancellationToken cancellationToken = default) =>
        VerifyAsync(progress: null, cancellationToken);

    /// <summary>
    /// Verifies the whole ledger in as many steps as needed: about two minutes for 10 million lines. A step that the server is too busy for
    /// is repeated.
    /// </summary>
    /// <param name="progress">Receives the intermediate result after each step, before the call returns.</param>
    /// <param name="cancellationToken">Stops the verification between two steps or during a step.</param>
    public async Task<LedgerVerification> VerifyAsync(
        IProgress<LedgerVerification>? progress, CancellationToken cancellationToken = default)
    {
        var differences = new List<LedgerDifference>();
        string? cursor = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var from = cursor;
            var step = await RepeatAsync(() => VerifyStepAsync(from, cancellationToken), cancellationToken).ConfigureAwait(false);
            differences.AddRange(step.Verification.Differences);
            var soFar = step.Verification with { Differences = [.. differences] };
            progress?.Report(soFar);
            if (step.NextCursor is null)
                return soFar;

            cursor = step.NextCursor;
        }
    }

    /// <summary>Verifies a part of the ledger, for about one second.</summary>
    /// <param name="cursor">The previous step's <see cref="LedgerStep.NextCursor"/>; null for the first step.</param>
    /// <exception cref="MessagingException"><c>page.invalid_cursor</c></exception>
    /// <exception cref="ServerUnavailableException"><c>server.busy</c>: other verifications are running.</exception>
    public async Task<LedgerStep> VerifyStepAsync(string? cursor = null, CancellationToken cancellationToken = default)
    {
        var query = new QueryText("admin/wallets/verify").Add("cursor", cursor);
        var step = await _api.GetAsync(query, MessagingJson.Default.VerificationEnvelope, cancellationToken).ConfigureAwait(false);

        return new LedgerStep(step.Data, step.Page.NextCursor);
    }

    /// <summary>Returns a user with their points, the limits that apply to them, and whether they may sign in.</summary>
    /// <exception cref="NotFoundException"><c>user.not_found</c></exception>
    public async Task<UserDetails> GetUserAsync(Guid userId, CancellationToken cancellationToken = default)
    {
        var query = new QueryText($"admin/users/{userId}");

        return (await _api.GetAsync(query, MessagingJson.Default.EnvelopeUserDetails, cancellationToken).ConfigureAwait(false)).Data;
    }

    /// <summary>Lists a user's ledger lines, newest first.</summary>
    /// <param name="cursor">The previous page's <see cref="Page{T}.NextCursor"/>; null for the first page.</param>
    /// <param name="limit">The page size, 1 to 100.</param>
    /// <exception cref="NotFoundException"><c>user.not_found</c></exception>
    /// <exception cref="MessagingException"><c>page.invalid_cursor</c></exception>
    public async Task<Page<UserTransaction>> GetStatementAsync(
        Guid userId, string? cursor = null, int limit = 50, CancellationToken cancellationToken = default)
    {
        var query = new QueryText($"admin/users/{userId}/wallet/transactions").Add("cursor", cursor).Add("limit", limit);
        var statement = await _api.GetAsync(query, MessagingJson.Default.PageEnvelopeUserTransaction, cancellationToken)
            .ConfigureAwait(false);

        return new Page<UserTransaction>(statement.Data, statement.Page.NextCursor);
    }

    /// <summary>Sets both limits of a user. They apply immediately.</summary>
    /// <param name="dailyFreeLimit">Free messages a day, 0 to 1,000,000; null for the general limit.</param>
    /// <param name="pointsPerMessage">Price of each further message in points, 0 to 1,000,000; null for the general price.</param>
    /// <exception cref="NotFoundException"><c>user.not_found</c></exception>
    public Task<Quota> SetQuotaAsync(
        Guid userId, int? dailyFreeLimit, long? pointsPerMessage, CancellationToken cancellationToken = default) =>
        SetQuotaAsync(
            userId, new SetQuotaRequest(dailyFreeLimit, pointsPerMessage), MessagingJson.Default.SetQuotaRequest, cancellationToken);

    /// <summary>Sets a user's limit of free messages. It applies immediately; the price of further messages does not change.</summary>
    /// <param name="dailyFreeLimit">Free messages a day, 0 to 1,000,000; null for the general limit.</param>
    /// <exception cref="NotFoundException"><c>user.not_found</c></exception>
    public Task<Quota> SetDailyFreeLimitAsync(Guid userId, int? dailyFreeLimit, CancellationToken cancellationToken = default) =>
        SetQuotaAsync(
            userId, new SetDailyFreeLimitRequest(dailyFreeLimit), MessagingJson.Default.SetDailyFreeLimitRequest, cancellationToken);

    /// <summary>Sets a user's price for further messages. It applies immediately; the limit of free messages does not change.</summary>
    /// <param name="pointsPerMessage">Price of each further message in points, 0 to 1,000,000; null for the general price.</param>
    /// <exception cref="NotFoundException"><c>user.not_found</c></exception>
    public Task<Quota> SetPointsPerMessageAsync(Guid userId, long? pointsPerMessage, CancellationToken cancellationToken = default) =>
        SetQuotaAsync(
            userId, new SetPointsPerMessageRequest(pointsPerMessage), MessagingJson.Default.SetPointsPerMessageRequest, cancellationToken);

    /// <summary>Sets how much space a user's files may take. Files that are stored already are kept.</summary>
    /// <param name="bytesLimit">Bytes; null for the general limit.</param>
    /// <exception cref="NotFoundException"><c>user.not_found</c></exception>
    public async Task<StorageUsage> SetStorageLimitAsync(Guid userId, long? bytesLimit, CancellationToken cancellationToken = default)
    {
        var set = await _api.PutAsync(
            $"admin/users/{userId}/storage",
            new SetStorageLimitRequest(bytesLimit),
            MessagingJson.Default.SetStorageLimitRequest,
            MessagingJson.Default.EnvelopeStorageUsage,
            cancellationToken).ConfigureAwait(false);

        return set.Data;
    }

    /// <summary>Deactivates a user: their sign-ins and connections end within seconds, and they cannot log in.</summary>
    /// <exception cref="NotFoundException"><c>user.not_found</c></exception>
    /// <exception cref="MessagingException"><c>user.deactivating_self</c></exception>
    public Task<FoundUser> DeactivateAsync(Guid userId, CancellationToken cancellationToken = default) =>
        ChangeUserAsync(userId, "deactivate", cancellationToken);

    /// <summary>Reactivates a user, who can then log in again.</summary>
    /// <exception cref="NotFoundException"><c>user.not_found</c></exception>
    public Task<FoundUser> ReactivateAsync(Guid userId, CancellationToken cancellationToken = default) =>
        ChangeUserAsync(userId, "reactivate", cancellationToken);

    /// <summary>
    /// Erases the contents of all messages that expired before a time, in as many steps as needed. This cannot be undone. A step that the
    /// server is too busy for is repeated. Messages that stay in use for some seconds are left, and <see cref="PurgedMessages.IsDone"/> of
    /// the result is false.
    /// </summary>
    /// <param name="expiredBefore">Not in the future, and at least as long ago as the server keeps the contents.</param>
    /// <param name="reason">The reason, 1 to 500 characters; it is recorded.</param>
    /// <param name="progress">Receives the total after each step, before the call returns.</param>
    /// <param name="cancellationToken">Stops the purge between two steps. A step that has begun is completed and counted.</param>
    /// <exception cref="PurgeTooRecentException">The server keeps contents for longer.</exception>
    public async Task<PurgedMessages> PurgeAsync(
        DateTimeOffset expiredBefore,
        string reason,
        IProgress<PurgedMessages>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var total = new PurgedMessages(0, OldestLeft: null, IsDone: false);
        for (var idle = 0; idle < StepAttemptsMax;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var step = await RepeatAsync(
                () => PurgeStepAsync(expiredBefore, reason, cancellationToken: CancellationToken.None), cancellationToken)
                .ConfigureAwait(false);
            var isIdle = step.Purged == 0 && step.OldestLeft == total.OldestLeft;
            total = step with { Purged = total.Purged + step.Purged };
            progress?.Report(total);
            if (step.IsDone)
                break;

            idle = isIdle ? idle + 1 : 0;
            if (isIdle)
                await _api.DelayAsync(_soon, cancellationToken).ConfigureAwait(false);
        }

        return total;
    }

    /// <summary>Erases the contents of a batch of messages that expired before a time, the oldest first. This cannot be undone.</summary>
    /// <param name="expiredBefore">Not in the future, and at least as long ago as the server keeps the contents.</param>
    /// <param name="reason">The reason, 1 to 500 characters; it is recorded.</param>
    /// <param name="atMost">The maximum number of messages, 1 to 5000; null for 1000. Large contents make it fewer.</param>
    /// <exception cref="PurgeTooRecentException">The server keeps contents for longer.</exception>
    public async Task<PurgedMessages> PurgeStepAsync(
        DateTimeOffset expiredBefore, string reason, int? atMost = null, CancellationToken cancellationToken = default)
    {
        var purged = await _api.PostAsync(
            "admin/messages/purge",
            new PurgeRequest(expiredBefore, atMost, reason),
            MessagingJson.Default.PurgeRequest,
            MessagingJson.Default.EnvelopePurgedMessages,
            cancellationToken).ConfigureAwait(false);

        return purged.Data;
    }

    /// <summary>Lists what Admins have done, newest first: purges of expired messages.</summary>
    /// <param name="cursor">The previous page's <see cref="Page{T}.NextCursor"/>; null for the first page.</param>
    /// <param name="limit">The page size, 1 to 100.</param>
    /// <exception cref="MessagingException"><c>page.invalid_cursor</c></exception>
    public async Task<Page<AdminAction>> GetActionsAsync(
        string? cursor = null, int limit = 50, CancellationToken cancellationToken = default)
    {
        var query = new QueryText("admin/actions").Add("cursor", cursor).Add("limit", limit);
        var actions = await _api.GetAsync(query, MessagingJson.Default.PageEnvelopeAdminAction, cancellationToken).ConfigureAwait(false);

        return new Page<AdminAction>(actions.Data, actions.Page.NextCursor);
    }

    /// <summary>Repeats a step while the server is unreachable or too busy. The step must do no harm when it runs a second time.</summary>
    private async Task<TStep> RepeatAsync<TStep>(Func<Task<TStep>> step, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await step().ConfigureAwait(false);
            }
            catch (MessagingException failure) when (failure.IsTransient && attempt < StepAttemptsMax)
            {
                await _api.DelayAsync(failure.RetryAfter ?? _soon, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<Quota> SetQuotaAsync<TRequest>(
        Guid userId, TRequest request, JsonTypeInfo<TRequest> requestType, CancellationToken cancellationToken)
    {
        var set = await _api.PutAsync(
            $"admin/users/{userId}/quota", request, requestType, MessagingJson.Default.EnvelopeQuota, cancellationToken)
            .ConfigureAwait(false);

        return set.Data;
    }

    private async Task<FoundUser> ChangeUserAsync(Guid userId, string change, CancellationToken cancellationToken) =>
        (await _api.PostAsync(
            $"admin/users/{userId}/{change}", MessagingJson.Default.EnvelopeFoundUser, cancellationToken)
            .ConfigureAwait(false)).Data;
}
