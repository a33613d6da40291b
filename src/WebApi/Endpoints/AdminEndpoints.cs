using System.Security.Claims;
using CleanMessaging.Application.Quotas;
using CleanMessaging.Application.Wallets;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Authentication;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace CleanMessaging.WebApi.Endpoints;

internal static class AdminEndpoints
{
    public static void MapAdmin(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/admin").WithTags("Admin").RequireAuthorization(AuthenticationRegistration.AdminPolicy);
        group.MapPost("/wallets/{userId}/credit", Credit);
        group.MapPost("/wallet-transactions/{id}/reverse", Reverse);
        group.MapGet("/wallets/verify", Verify);
        group.MapPut("/users/{id}/quota", SetQuota);
    }

    /// <summary>Adds points to a wallet (201), or answers a repetition under the same key with the first credit (200).</summary>
    private static async Task<Results<Created<Envelope<WalletTransactionResponse>>, Ok<Envelope<WalletTransactionResponse>>>> Credit(
        CanonicalId userId,
        CreditRequest request,
        [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey,
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
    private static async Task<Created<Envelope<WalletTransactionResponse>>> Reverse(
        CanonicalId id,
        ReverseRequest request,
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Created((string?)null, Envelope.Of(await mediator.Send(
            new ReverseTransactionCommand(caller.UserId(), id.Value, request.Reason), cancellationToken)));

    /// <summary>Recomputes every balance from the ledger.</summary>
    private static async Task<Ok<Envelope<LedgerVerification>>> Verify(IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(new VerifyLedgerQuery(), cancellationToken)));

    /// <summary>Gives a user limits of their own; null returns to the general ones.</summary>
    private static async Task<Ok<Envelope<QuotaResponse>>> SetQuota(
        CanonicalId id,
        SetQuotaRequest request,
        IMediator mediator,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(
            new SetUserQuotaCommand(id.Value, request.DailyFreeLimit, request.PointsPerMessage), cancellationToken)));
}

/// <param name="Amount">Points, 1 to 1,000,000,000,000.</param>
/// <param name="Reason">Why, 1 to 500 characters; stands in the user's statement.</param>
public sealed record CreditRequest(long Amount, string Reason);

/// <param name="Reason">Why, 1 to 500 characters; stands in the user's statement.</param>
public sealed record ReverseRequest(string Reason);

/// <param name="DailyFreeLimit">Free messages a day, 0 to 1,000,000; null for the general limit.</param>
/// <param name="PointsPerMessage">Price of each further one in points, 0 to 1,000,000; null for the general price.</param>
public sealed record SetQuotaRequest(int? DailyFreeLimit, long? PointsPerMessage);
