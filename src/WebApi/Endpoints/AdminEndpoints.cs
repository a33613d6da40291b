using System.ComponentModel;
using System.Security.Claims;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Quotas;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Users;
using CleanMessaging.Application.Wallets;
using CleanMessaging.Application.Wallets.Verification;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Responses;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace CleanMessaging.WebApi.Endpoints;

internal static class AdminEndpoints
{
    public static void MapAdmin(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/admin").WithTags("Admin").RequireAuthorization(AuthenticationRegistration.AdminPolicy);
        group.MapPost("/wallets/{userId}/credit", Credit).WithName("creditWallet")
            .WithRequestHeader(Examples.CreditKey)
            .WithRequestExample(Examples.Credit)
            .WithResponseExample(StatusCodes.Status201Created, Examples.Credited)
            .WithResponseExample(StatusCodes.Status200OK, Examples.Credited)
            .WithResponseHeaders(StatusCodes.Status200OK, HeaderDescription.Replayed)
            .WithIdempotencyKey(IdempotencyHeaders.Key)
            .ProducesErrors(WalletErrors.NotFound, WalletErrors.BalanceTooLarge, WalletErrors.IdempotencyKeyReused);
        group.MapPost("/wallet-transactions/{id}/reverse", Reverse).WithName("reverseTransaction")
            .WithRequestExample(Examples.Reverse)
            .WithResponseExample(StatusCodes.Status201Created, Examples.Reversed)
            .ProducesErrors(
                WalletErrors.TransactionNotFound, WalletErrors.NotReversible, WalletErrors.AlreadyReversed,
                Examples.ReversalExceedsBalance, WalletErrors.BalanceTooLarge);
        group.MapGet("/wallets/verify", Verify).WithName("verifyLedger")
            .WithResponseExample(StatusCodes.Status200OK, Examples.Consistent, "consistent")
            .WithResponseExample(StatusCodes.Status200OK, Examples.Inconsistent, "with differences")
            .WithResponseExample(StatusCodes.Status200OK, Examples.PartlyVerified, "there is more to verify")
            .ProducesErrors(LimitErrors.Busy());
        group.MapGet("/users/{id}", GetUser).WithName("getUserDetails")
            .WithResponseExample(StatusCodes.Status200OK, Examples.UserDetails)
            .ProducesErrors(UserErrors.NotFound);
        group.MapGet("/users/{id}/wallet/transactions", GetStatement).WithName("getUserStatement")
            .WithResponseExample(StatusCodes.Status200OK, Examples.UserStatement)
            .ProducesErrors(UserErrors.NotFound);
        group.MapPut("/users/{id}/quota", SetQuota).WithName("setUserQuota")
            .WithRequestExample(Examples.SetQuota, "limits for this user")
            .WithRequestExample(Examples.SetPrice, "a price for this user, the limit unchanged")
            .WithRequestExample(Examples.ResetQuota, "back to the general limits")
            .WithResponseExample(StatusCodes.Status200OK, Examples.QuotaSet)
            .ProducesErrors(UserErrors.NotFound);
        group.MapStorageLimit();
        group.MapRetention();
        group.MapPost("/users/{id}/deactivate", Deactivate).WithName("deactivateUser").AddEndpointFilter<AuthenticationLog>()
            .WithResponseExample(StatusCodes.Status200OK, Examples.Deactivated)
            .ProducesErrors(UserErrors.NotFound, UserErrors.DeactivatingSelf);
        group.MapPost("/users/{id}/reactivate", Reactivate).WithName("reactivateUser").AddEndpointFilter<AuthenticationLog>()
            .WithResponseExample(StatusCodes.Status200OK, Examples.Reactivated)
            .ProducesErrors(UserErrors.NotFound);
    }

    /// <summary>Adds points to a wallet (201), or returns the first credit for a repetition with the same key (200).</summary>
    /// <param name="userId">The owner of the wallet.</param>
    /// <response code="201">The points are credited.</response>
    /// <response code="200">The points were already credited with the same key; nothing was added.</response>
    internal static async Task<Results<Created<Envelope<WalletTransactionResponse>>, Ok<Envelope<WalletTransactionResponse>>>> Credit(
        CanonicalId userId,
        CreditRequest request,
        [FromHeader(Name = IdempotencyHeaders.Key)] string? idempotencyKey,
        ClaimsPrincipal caller,
        HttpContext httpContext,
        IMediator mediator,
        CancellationToken cancellationToken)
    {
        var credited = await mediator.Send(
            new CreditWalletCommand(caller.UserId(), new UserId(userId.Value), request.Amount, request.Reason, idempotencyKey ?? ""),
            cancellationToken);
        var body = Envelope.Of(credited.Transaction);
        if (!credited.Replayed)
            return TypedResults.Created((string?)null, body);

        httpContext.MarkReplayed();

        return TypedResults.Ok(body);
    }

    /// <summary>Reverses a transaction with a linked transaction of the opposite amount. A transaction can be reversed once.</summary>
    /// <param name="id">The transaction to reverse.</param>
    internal static async Task<Created<Envelope<WalletTransactionResponse>>> Reverse(
        CanonicalId id,
        ReverseRequest request,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Created((string?)null, Envelope.Of(await mediator.Send(
            new ReverseTransactionCommand(caller.UserId(), new TransactionId(id.Value), request.Reason), cancellationToken)));

    /// <summary>Recomputes every balance from the ledger, and compares charges with payments.</summary>
    /// <remarks>
    /// One call works for about a second. A ledger of up to some 50,000 lines is verified by one call. For a larger one, call again with
    /// <c>page.nextCursor</c> until it is null. The totals cover all calls; <c>differences</c> contains only those that this call found.
    /// <c>consistent</c> is null while there are no differences and the verification is not complete. Users can send messages during a
    /// verification. Each server runs one verification at a time.
    /// </remarks>
    /// <param name="cursor">The <c>nextCursor</c> of the last response. Leave it out to start a verification.</param>
    internal static async Task<Ok<VerificationEnvelope>> Verify(
        IMediator mediator, CancellationToken cancellationToken, string? cursor = null)
    {
        var step = await mediator.Send(new VerifyLedgerQuery(cursor), cancellationToken);

        return TypedResults.Ok(new VerificationEnvelope(step.Verification, step.Page));
    }

    /// <summary>Returns a user's balance, limits and access.</summary>
    /// <param name="id">The user.</param>
    internal static async Task<Ok<Envelope<UserDetailsResponse>>> GetUser(
        CanonicalId id, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(new GetUserDetailsQuery(id.Value), cancellationToken)));

    /// <summary>Lists a user's ledger lines, newest first, each with its reversal if there is one.</summary>
    /// <param name="id">The user.</param>
    /// <param name="cursor">The last page's <c>nextCursor</c>; the first page when left out.</param>
    /// <param name="limit">The maximum number of items on a page.</param>
    internal static async Task<Ok<PageEnvelope<UserTransactionResponse>>> GetStatement(
        CanonicalId id,
        IMediator mediator,
        CancellationToken cancellationToken,
        string? cursor = null,
        [DefaultValue(PageLimit.Default)] StrictInteger<int>? limit = null)
    {
        var page = await mediator.Send(new GetUserStatementQuery(id.Value, cursor, limit?.Value ?? PageLimit.Default), cancellationToken);

        return TypedResults.Ok(new PageEnvelope<UserTransactionResponse>(page.Transactions, page.Page));
    }

    /// <summary>Sets limits for a user.</summary>
    /// <remarks>A limit that is null is reset to the general limit; a limit that is left out stays unchanged.</remarks>
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

    /// <summary>Deactivates a user: revokes all sessions, closes all live connections, and prevents further logins.</summary>
    /// <remarks>
    /// The user's conversations and messages stay readable for the other participants, who see `isDeactivated` and cannot send messages to
    /// the user. The operation is idempotent. Admins cannot deactivate themselves.
    /// </remarks>
    /// <param name="id">The user.</param>
    internal static async Task<Ok<Envelope<FoundUser>>> Deactivate(
        CanonicalId id,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(
            Envelope.Of(await mediator.Send(new DeactivateUserCommand(caller.UserId(), new UserId(id.Value)), cancellationToken)));

    /// <summary>Reactivates a user, who can then log in and receive messages again. Revoked sessions stay revoked.</summary>
    /// <param name="id">The user.</param>
    internal static async Task<Ok<Envelope<FoundUser>>> Reactivate(
        CanonicalId id, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(new ReactivateUserCommand(id.Value), cancellationToken)));
}

/// <param name="Amount">Points, 1 to 1,000,000,000,000.</param>
/// <param name="Reason">The reason, 1 to 500 characters; it appears in the user's statement.</param>
public sealed record CreditRequest(long Amount, string Reason);

/// <param name="Reason">The reason, 1 to 500 characters; it appears in the user's statement.</param>
public sealed record ReverseRequest(string Reason);

public sealed record SetQuotaRequest
{
    /// <summary>Free messages a day, 0 to 1,000,000; null for the general limit, unchanged when left out.</summary>
    public int? DailyFreeLimit
    {
        get;
        init => (field, SetsDailyFreeLimit) = (value, true);
    }

    /// <summary>Price of each further message in points, 0 to 1,000,000; null for the general price, unchanged when left out.</summary>
    public long? PointsPerMessage
    {
        get;
        init => (field, SetsPointsPerMessage) = (value, true);
    }

    /// <summary>Whether the body contains <see cref="DailyFreeLimit"/>, including as null.</summary>
    internal bool SetsDailyFreeLimit { get; private init; }

    /// <summary>Whether the body contains <see cref="PointsPerMessage"/>, including as null.</summary>
    internal bool SetsPointsPerMessage { get; private init; }
}
