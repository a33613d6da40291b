using System.Globalization;
using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Wallets;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Wallets;

/// <summary>The lines that explain the user's balance, newest first.</summary>
/// <param name="Cursor">Where the last page ended; null for the first.</param>
public sealed record GetStatementQuery(Guid UserId, string? Cursor, int Limit) : IQuery<StatementPage>;

public sealed record StatementPage(IReadOnlyList<WalletTransactionResponse> Transactions, CursorPage Page);

internal sealed class GetStatementValidator : AbstractValidator<GetStatementQuery>
{
    public GetStatementValidator() => RuleFor(query => query.Limit).ValidPageLimit();
}

internal sealed class GetStatementHandler(IReadDatabase database, IMapper mapper) : IRequestHandler<GetStatementQuery, StatementPage>
{
    public async Task<StatementPage> Handle(GetStatementQuery query, CancellationToken cancellationToken)
    {
        var before = query.Cursor is { } text ? Parse(text) : long.MaxValue;
        var found = await database.WalletTransactions
            .Where(line => line.UserId == query.UserId && line.Number < before)
            .OrderByDescending(line => line.Number)
            .Take(query.Limit + 1)
            .ToListAsync(cancellationToken);
        var page = found.Take(query.Limit).ToList();
        var next = found.Count > query.Limit ? CursorAfter(page[^1]) : null;

        return new StatementPage(mapper.Map<IReadOnlyList<WalletTransactionResponse>>(page), new CursorPage(next));
    }

    private static string CursorAfter(WalletTransaction last) =>
        new Cursor(last.Number.ToString(CultureInfo.InvariantCulture), last.Id).ToString();

    private static long Parse(string text) =>
        Cursor.TryParse(text, out var cursor) && long.TryParse(cursor.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new DomainException(Cursor.Invalid);
}
