using CleanMessaging.Application.Storage;

namespace CleanMessaging.Application.Wallets.Verification;

/// <summary>Reads the ledger in slices, on a connection that nothing else uses.</summary>
public interface ILedgerReader
{
    /// <summary>Waits until no other verification is under way on this server, then opens the connection. Dispose the session to let the next one in.</summary>
    /// <exception cref="StorageUnavailableException">The database did not answer in time.</exception>
    Task<ILedgerSession> OpenAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Reads slices, each from a snapshot of its own. A slice has as many rows as the database reads in a fraction of a second: the size adapts. It can be
/// used until the next one is read.
/// </summary>
public interface ILedgerSession : IAsyncDisposable
{
    /// <summary>The wallets from a user on, and the lines after a line of that user's.</summary>
    Task<WalletSlice> ReadWalletsAsync(Guid fromUserId, long afterNumber, CancellationToken cancellationToken);

    /// <summary>The charges and payments of the messages after one.</summary>
    Task<PaymentSlice> ReadPaymentsAsync(Guid afterMessageId, CancellationToken cancellationToken);

    /// <summary>The reversals of the lines after one.</summary>
    Task<ReversalSlice> ReadReversalsAsync(Guid afterReversesId, CancellationToken cancellationToken);
}
