using System.Security.Claims;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Quotas;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Users;
using CleanMessaging.Application.Wallets;
using CleanMessaging.Application.Wallets.Verification;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.OpenApi;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace CleanMessaging.WebApi.Endpoints;

internal static class AdminEndpoints
{
    /// <summary>The request header that makes a credit happen once.</summary>
    public const string IdempotencyKey = "Idempotency-Key";

    public static void MapAdmin(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/admin").WithTags("Admin").RequireAuthorization(AuthenticationRegistration.AdminPolicy);
        group.MapPost("/wallets/{userId}/credit", Credit).WithName("creditWallet")
            .WithRequestExample(Examples.Credit)
            .WithResponseExample(StatusCodes.Status201Created, Examples.Credited)
            .WithResponseExample(StatusCodes.Status200OK, Examples.Credited)
            .Adds(ResponseHeader.Replayed, StatusCodes.Status200OK)
            .WithValidation<CreditWalletCommand>()
            .Rejects(WalletErrors.NotFound, WalletErrors.BalanceTooLarge, WalletErrors.IdempotencyKeyReused);
        group.MapPost("/wallet-transactions/{id}/reverse", Reverse).WithName("reverseTransaction")
            .WithRequestExample(Examples.Reverse)
            .WithResponseExample(StatusCodes.Status201Created, Examples.Reversed)
            .WithValidation<ReverseTransactionCommand>()
            .Rejects(
                WalletErrors.TransactionNotFound, WalletErrors.NotReversible, WalletErrors.AlreadyReversed,
                Examples.ReversalExceedsBalance, WalletErrors.BalanceTooLarge);
        group.MapGet("/wallets/verify", Verify).WithName("verifyLedger")
            .WithResponseExample(StatusCodes.Status200OK, Examples.Consistent, "everything adds up")
            .WithResponseExample(StatusCodes.Status200OK, Examples.Inconsistent, "something does not")
            .WithResponseExample(StatusCodes.Status200OK, Examples.PartlyVerified, "there is more to verify")
            .Rejects(Cursor.Invalid)
            .RejectedBy(LimitErrors.Busy());
        group.MapGet("/users/{id}", GetUser).WithName("getUserDetails")
            .WithResponseExample(StatusCodes.Status200OK, Examples.UserDetails)
            .Rejects(UserErrors.NotFound);
        group.MapGet("/users/{id}/wallet/transactions", GetStatement).WithName("getUserStatement")
            .WithResponseExample(StatusCodes.Status200OK, Examples.UserStatement)
            .WithValidation<GetUserStatementQuery>()
            .Rejects(Cursor.Invalid, UserErrors.NotFound);
        group.MapPut("/users/{id}/quota", SetQuota).WithName("setUserQuota")
            .WithRequestExample(Examples.SetQuota, "limits of their own")
            .WithRequestExample(Examples.SetPrice, "a price of their own, the limit unchanged")
            .WithRequestExample(Examples.ResetQuota, "the general limits again")
            .WithResponseExample(StatusCodes.Status200OK, Examples.QuotaSet)
            .WithValidation<SetUserQuotaCommand>()
            .Rejects(UserErrors.NotFound);
        group.MapPost("/users/{id}/deactivate", Deactivate).WithName("deactivateUser").AddEndpointFilter<AuthenticationLog>()
            .WithResponseExample(StatusCodes.Status200OK, Examples.Deactivated)
            .Rejects(UserErrors.NotFound, UserErrors.DeactivatingSelf);
        group.MapPost("/users/{id}/reactivate", Reactivate).WithName("reactivateUser").AddEndpointFilter<AuthenticationLog>()
            .WithResponseExample(StatusCodes.Status200OK, Examples.Reactivated)
            .Rejects(UserErrors.NotFound);
    }

    /// <summary>Adds points to a wallet (201), or answers a repetition under the same key with the first credit (200).</summary>
    /// <param name="userId">Whose wallet.</param>
    /// <response code="201">The points are credited.</response>
    /// <response code="200">They were credited before under the same key; nothing was added.</response>
    internal static async Task<Results<Created<Envelope<WalletTransactionResponse>>, Ok<Envelope<WalletTransactionResponse>>>> Credit(
        CanonicalId userId,
        CreditRequest request,
        [FromHeader(Name = IdempotencyKey)] string? idempotencyKey,
        ClaimsPrincipal caller,
        HttpContext httpContext,
        IMediator mediator,
        CancellationToken cancellationToken)
    {
        var credited = await mediator.Send(
            new CreditWalletCommand(caller.UserId(), userId.Value, request.Amount, request.Reason, idempotencyKey ?? ""), cancellationToken);
        var body = Envelope.Of(credited.Transaction);
        if (!credited.Replayed)
            return TypedResults.Created((string?)null, body);

        httpContext.MarkReplayed();

        return TypedResults.Ok(body);
    }

    /// <summary>Takes a transaction back with a linked opposite; at most once.</summary>
    /// <param name="id">The transaction to take back.</param>
    internal static async Task<Created<Envelope<WalletTransactionResponse>>> Reverse(
        CanonicalId id,
        ReverseRequest request,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Created((string?)null, Envelope.Of(await mediator.Send(
            new ReverseTransactionCommand(caller.UserId(), id.Value, request.Reason), cancellationToken)));

    /// <summary>Recomputes every balance from the ledger, and compares charges with payments.</summary>
    /// <remarks>
    /// One call works for about a second. A ledger of up to some 50,000 lines is verified by one call. For a larger one, call again with
    /// <c>page.nextCursor</c> until that is null; the totals then cover all calls, <c>differences</c> those that this call found. <c>consistent</c> is
    /// null while nothing differs and there is more to verify. Users may go on sending in the meantime: that makes no difference. Each server runs one
    /// verification at a time.
    /// </remarks>
    /// <param name="cursor">The last answer's <c>nextCursor</c>; begins when left out.</param>
    internal static async Task<Ok<VerificationEnvelope>> Verify(IMediator mediator, CancellationToken cancellationToken, string? cursor = null)
    {
        var step = await mediator.Send(new VerifyLedgerQuery(cursor), cancellationToken);

        return TypedResults.Ok(new VerificationEnvelope(step.Verification, step.Page));
    }

    /// <summary>Returns a user's balance, limits and access.</summary>
    /// <param name="id">The user.</param>
    internal static async Task<Ok<Envelope<UserDetailsResponse>>> GetUser(CanonicalId id, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(new GetUserDetailsQuery(id.Value), cancellationToken)));

    /// <summary>Lists a user's ledger lines, newest first, each with its reversal if there is one.</summary>
    /// <param name="id">The user.</param>
    /// <param name="cursor">The last page's <c>nextCursor</c>; the first page when left out.</param>
    /// <param name="limit">How many a page has at most.</param>
    internal static async Task<Ok<PageEnvelope<UserTransactionResponse>>> GetStatement(
        CanonicalId id,
        IMediator mediator,
        CancellationToken cancellationToken,
        string? cursor = null,
        StrictInteger<int>? limit = null)
    {
        var page = await mediator.Send(new GetUserStatementQuery(id.Value, cursor, limit?.Value ?? PageLimit.Default), cancellationToken);

        return TypedResults.Ok(new PageEnvelope<UserTransactionResponse>(page.Transactions, page.Page));
    }

    /// <summary>Gives a user limits of their own.</summary>
    /// <remarks>A limit that is null becomes the general one again; a limit that is left out stays as it is.</remarks>
    /// <param name="id">The user.</param>
    internal static async Task<Ok<Envelope<QuotaResponse>>> SetQuota(
        CanonicalId id,
        SetQuotaRequest request,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new SetUserQuotaCommand(
                id.Value, request.DailyFreeLimit, request.PointsPerMessage, request.SetsDailyFreeLimit, request.SetsPointsPerMessage),
            cancellationToken)));

    /// <summary>Deactivates a user: ends all their sessions and live connections, and lets them log in no more.</summary>
    /// <remarks>
    /// Their conversations and messages stay readable for the other participants, who see `isDeactivated` and cannot write to them. Doing it twice changes
    /// nothing more. Admins cannot deactivate themselves.
    /// </remarks>
    /// <param name="id">The user.</param>
    internal static async Task<Ok<Envelope<FoundUser>>> Deactivate(
        CanonicalId id,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(new DeactivateUserCommand(caller.UserId(), id.Value), cancellationToken)));

    /// <summary>Lets a deactivated user log in again, and others write to them. Sessions that have ended stay ended.</summary>
    /// <param name="id">The user.</param>
    internal static async Task<Ok<Envelope<FoundUser>>> Reactivate(CanonicalId id, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(new ReactivateUserCommand(id.Value), cancellationToken)));
}

/// <param name="Amount">Points, 1 to 1,000,000,000,000.</param>
/// <param name="Reason">Why, 1 to 500 characters; stands in the user's statement.</param>
public sealed record CreditRequest(long Amount, string Reason);

/// <param name="Reason">Why, 1 to 500 characters; stands in the user's statement.</param>
public sealed record ReverseRequest(string Reason);

public sealed record SetQuotaRequest
{
    /// <summary>Free messages a day, 0 to 1,000,000; null for the general limit, unchanged when left out.</summary>
    public int? DailyFreeLimit
    {
        get;
        init => (field, SetsDailyFreeLimit) = (value, true);
    }

    /// <summary>Price of each further one in points, 0 to 1,000,000; null for the general price, unchanged when left out.</summary>
    public long? PointsPerMessage
    {
        get;
        init => (field, SetsPointsPerMessage) = (value, true);
    }

    /// <summary>Whether the body has <see cref="DailyFreeLimit"/>, if only as null.</summary>
    internal bool SetsDailyFreeLimit { get; private init; }

    /// <summary>Whether the body has <see cref="PointsPerMessage"/>, if only as null.</summary>
    internal bool SetsPointsPerMessage { get; private init; }
}
