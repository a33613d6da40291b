namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// The failure of a batch of operations, as each of them gets it. The cause can be this operation or another one, so each gets an attempt
/// of its own.
/// </summary>
/// <param name="isRolledBack">Whether it is certain that nothing was stored.</param>
/// <param name="minimumTimeLeft">An operation of the batch runs again only while more time than this is left.</param>
internal abstract class BatchFailedException(Exception cause, bool isRolledBack, TimeSpan minimumTimeLeft)
    : Exception(cause.Message, cause)
{
    public bool IsRolledBack { get; } = isRolledBack;

    public TimeSpan MinimumTimeLeft { get; } = minimumTimeLeft;
}
