using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Wallets;

/// <summary>Lists a user's ledger lines for an Admin, newest first.</summary>
/// <param name="Cursor">The cursor of the previous page; null for the first page.</param>
public sealed record GetUserStatementQuery(Guid UserId, string? Cursor, int Limit) : IQuery<UserStatementPage>;

public sealed record UserStatementPage(IReadOnlyList<UserTransactionResponse> Transactions, CursorPage Page);

/// <summary>A line of a user's statement, as an Admin sees it.</summary>
/// <param name="Type">GRANT, TOPUP, SPEND or REVERSAL.</param>
/// <param name="Amount">Points: positive for a credit, negative for a debit.</param>
/// <param name="BalanceAfter">The wallet's balance right after this line.</param>
/// <param name="ReversesId">The transaction that this one reverses; null for other types.</param>
public sealed record UserTransactionResponse(
    Guid Id,
    string Type,
    long Amount,
    long BalanceAfter,
    Guid? MessageId,
    Guid? ConversationId,
    Guid? ReversesId,
    string? Reason,
    DateTimeOffset CreatedAt)
{
    /// <summary>The reversal of this transaction. Null if it is not reversed, or is a reversal itself.</summary>
    public Guid? ReversedById { get; init; }
}

internal sealed class UserTransactionProfile : Profile
{
    public UserTransactionProfile() =>
        CreateMap<WalletTransaction, UserTransactionResponse>()
            .ForCtorParam(
                nameof(UserTransactionResponse.Type),
                option => option.MapFrom(line => line.Type.ToString().ToUpperInvariant()))
            .ForMember(line => line.ReversedById, option => option.Ignore());
}

internal sealed class GetUserStatementValidator : AbstractValidator<GetUserStatementQuery>
{
    public GetUserStatementValidator() => RuleFor(query => query.Limit).ValidPageLimit();
}

internal sealed class GetUserStatementHandler(IReadDatabase database, IMapper mapper)
    : IRequestHandler<GetUserStatementQuery, UserStatementPage>
{
    public async Task<UserStatementPage> Handle(GetUserStatementQuery query, CancellationToken cancellationToken)
    {
        var (lines, page) = await database.StatementOfAsync(query.UserId, query.Cursor, query.Limit, cancellationToken);
        if (lines.Count == 0 && !await database.Users.AnyAsync(user => user.Id == query.UserId, cancellationToken))
            throw new DomainException(UserErrors.NotFound);

        var ids = lines.Select(line => (Guid?)line.Id).ToList();
        var reversals = await database.WalletTransactions
            .Where(line => ids.Contains(line.ReversesId))
            .ToDictionaryAsync(line => line.ReversesId.GetValueOrDefault(), line => (Guid?)line.Id, cancellationToken);

        return new UserStatementPage(
            [
                .. lines.Select(line =>
                    mapper.Map<UserTransactionResponse>(line) with { ReversedById = reversals.GetValueOrDefault(line.Id) }),
            ],
            page);
    }
}
