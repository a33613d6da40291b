using System.Text.Json.Serialization;

namespace CleanMessaging.Client;

/// <summary>A user as an Admin sees them.</summary>
/// <param name="User">The user, with e-mail address and time of deactivation.</param>
/// <param name="Quota">The quota as the user sees it, with the balance.</param>
/// <param name="Limits">The limits that <paramref name="Quota"/> is based on, and the source of each.</param>
public sealed record UserDetails(FoundUser User, Quota Quota, UserLimits Limits);

/// <summary>The limits that apply to a user.</summary>
/// <param name="DailyFreeLimit">Free messages a day.</param>
/// <param name="PointsPerMessage">Price of each further message, in points.</param>
public sealed record UserLimits(LimitInForce DailyFreeLimit, LimitInForce PointsPerMessage);

/// <summary>A limit that applies to a user.</summary>
/// <param name="Value">The value that applies to the user.</param>
/// <param name="Source">Whether it is the general limit or one of the user's own.</param>
/// <param name="General">The value for users without a limit of their own.</param>
public sealed record LimitInForce(long Value, LimitSource Source, long General);

/// <summary>Where a limit comes from.</summary>
public enum LimitSource
{
    /// <summary>The server's configuration; the same for all users.</summary>
    General,

    /// <summary>Set for this user by an Admin.</summary>
    Own,
}

/// <summary>A line of a user's statement, as an Admin sees it.</summary>
/// <param name="ReversedById">The transaction that takes this one back; null while it can be reversed, or is a reversal itself.</param>
public sealed record UserTransaction(
    Guid Id,
    WalletTransactionType Type,
    long Amount,
    long BalanceAfter,
    Guid? MessageId,
    Guid? ConversationId,
    Guid? ReversesId,
    string? Reason,
    DateTimeOffset CreatedAt,
    Guid? ReversedById)
    : WalletTransaction(Id, Type, Amount, BalanceAfter, MessageId, ConversationId, ReversesId, Reason, CreatedAt)
{
    /// <summary>Whether an Admin can take it back.</summary>
    [JsonIgnore]
    public bool IsReversible => ReversedById is null && Type != WalletTransactionType.Reversal;
}
