using CleanMessaging.Application.Storage;

namespace CleanMessaging.Application.Wallets.Verification;

/// <summary>Reads the ledger in slices, on a dedicated connection.</summary>
public interface ILedgerReader
{
    /// <summary>
    /// Waits until no other verification runs on this server, then opens the connection. Dispose the session so that the next one can
    /// start.
    /// </summary>
    /// <exception cref="StorageUnavailableException">The database did not answer in time.</exception>
    Task<ILedgerSession> OpenAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Reads slices, each from its own snapshot. The size adapts: a slice has as many rows as the database reads in a fraction of a second. A
/// slice is valid until the next one is read.
/// </summary>
public interface ILedgerSession : IAsyncDisposable
{
    /// <summary>Reads the wallets from a user on, and the ledger lines after a line of that user.</summary>
    Task<WalletSlice> ReadWalletsAsync(Guid fromUserId, long afterNumber, CancellationToken cancellationToken);

    /// <summary>Reads the charges and payments of the messages after a message.</summary>
    Task<PaymentSlice> ReadPaymentsAsync(Guid afterMessageId, CancellationToken cancellationToken);

    /// <summary>Reads the reversals of the lines after a line.</summary>
    Task<ReversalSlice> ReadReversalsAsync(Guid afterReversesId, CancellationToken cancellationToken);
}
