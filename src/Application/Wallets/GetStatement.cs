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

/// <summary>Lists the user's ledger lines, newest first.</summary>
/// <param name="Cursor">The cursor of the previous page; null for the first page.</param>
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
        var (lines, page) = await database.StatementOfAsync(query.UserId, query.Cursor, query.Limit, cancellationToken);

        return new StatementPage(mapper.Map<IReadOnlyList<WalletTransactionResponse>>(lines), page);
    }
}

internal static class StatementReading
{
    /// <summary>Reads a page of a user's ledger lines, newest first.</summary>
    /// <exception cref="DomainException"><c>page.invalid_cursor</c></exception>
    public static async Task<(IReadOnlyList<WalletTransaction> Lines, CursorPage Page)> StatementOfAsync(
        this IReadDatabase database, Guid userId, string? cursor, int limit, CancellationToken cancellationToken)
    {
        var before = cursor is null ? long.MaxValue : Parse(cursor);
        var found = await database.WalletTransactions
            .Where(line => line.UserId == userId && line.Number < before)
            .OrderByDescending(line => line.Number)
            .Take(limit + 1)
            .ToListAsync(cancellationToken);
        var lines = found.Take(limit).ToList();

        return (lines, new CursorPage(found.Count > limit ? CursorAfter(lines[^1]) : null));
    }

    private static string CursorAfter(WalletTransaction last) =>
        new Cursor(last.Number.ToString(CultureInfo.InvariantCulture), last.Id).ToString();

    private static long Parse(string text) =>
        Cursor.TryParse(text, out var cursor) && long.TryParse(cursor.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new DomainException(PageErrors.InvalidCursor);
}
