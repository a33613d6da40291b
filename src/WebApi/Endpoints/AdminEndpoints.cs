using System.Security.Claims;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Quotas;
using CleanMessaging.Application.Users;
using CleanMessaging.Application.Wallets;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;
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
            .Takes(Examples.Credit)
            .Answers(StatusCodes.Status201Created, Examples.Credited)
            .Answers(StatusCodes.Status200OK, Examples.Credited)
            .Adds(ResponseHeader.Replayed, StatusCodes.Status200OK)
            .Checks<CreditWalletCommand>()
            .Refuses(WalletErrors.NotFound, WalletErrors.BalanceTooLarge, WalletErrors.IdempotencyKeyReused);
        group.MapPost("/wallet-transactions/{id}/reverse", Reverse).WithName("reverseTransaction")
            .Takes(Examples.Reverse)
            .Answers(StatusCodes.Status201Created, Examples.Reversed)
            .Checks<ReverseTransactionCommand>()
            .Refuses(
                WalletErrors.TransactionNotFound, WalletErrors.NotReversible, WalletErrors.AlreadyReversed,
                Examples.ReversalExceedsBalance, WalletErrors.BalanceTooLarge);
        group.MapGet("/wallets/verify", Verify).WithName("verifyLedger")
            .Answers(StatusCodes.Status200OK, Examples.Consistent, "everything adds up")
            .Answers(StatusCodes.Status200OK, Examples.Inconsistent, "something does not");
        group.MapPut("/users/{id}/quota", SetQuota).WithName("setUserQuota")
            .Takes(Examples.SetQuota, "limits of their own")
            .Takes(Examples.ResetQuota, "the general limits again")
            .Answers(StatusCodes.Status200OK, Examples.QuotaSet)
            .Checks<SetUserQuotaCommand>()
            .Refuses(UserErrors.NotFound);
        group.MapPost("/users/{id}/deactivate", Deactivate).WithName("deactivateUser").AddEndpointFilter<AuthenticationLog>()
            .Answers(StatusCodes.Status200OK, Examples.Deactivated)
            .Refuses(UserErrors.NotFound, UserErrors.DeactivatingSelf);
        group.MapPost("/users/{id}/reactivate", Reactivate).WithName("reactivateUser").AddEndpointFilter<AuthenticationLog>()
            .Answers(StatusCodes.Status200OK, Examples.Reactivated)
            .Refuses(UserErrors.NotFound);
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

    /// <summary>Recomputes every balance from the ledger.</summary>
    internal static async Task<Ok<Envelope<LedgerVerification>>> Verify(IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(new VerifyLedgerQuery(), cancellationToken)));

    /// <summary>Gives a user limits of their own; null returns to the general ones.</summary>
    /// <param name="id">The user.</param>
    internal static async Task<Ok<Envelope<QuotaResponse>>> SetQuota(
        CanonicalId id,
        SetQuotaRequest request,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new SetUserQuotaCommand(id.Value, request.DailyFreeLimit, request.PointsPerMessage), cancellationToken)));

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

/// <param name="DailyFreeLimit">Free messages a day, 0 to 1,000,000; null for the general limit.</param>
/// <param name="PointsPerMessage">Price of each further one in points, 0 to 1,000,000; null for the general price.</param>
public sealed record SetQuotaRequest(int? DailyFreeLimit, long? PointsPerMessage);
