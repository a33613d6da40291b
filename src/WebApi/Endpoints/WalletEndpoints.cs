using System.ComponentModel;
using System.Security.Claims;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Wallets;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Limits;
using CleanMessaging.WebApi.Responses;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanMessaging.WebApi.Endpoints;

internal static class WalletEndpoints
{
    public static void MapWallet(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/wallet").WithTags("Wallet");
        group.MapGet("/", Get).WithName("getWallet")
            .WithResponseExample(StatusCodes.Status200OK, Examples.Wallet)
            .ProducesErrors(WalletErrors.NotFound);
        group.MapGet("/transactions", GetStatement).WithName("getStatement").WithBufferedResponse()
            .WithResponseExample(StatusCodes.Status200OK, Examples.Statement);
    }

    /// <summary>Returns the caller's balance.</summary>
    internal static async Task<Ok<Envelope<WalletResponse>>> Get(
        ClaimsPrincipal caller, IMediator mediator, CancellationToken cancellationToken) =>
        TypedResults.Ok(Envelope.Of(await mediator.Send(new GetWalletQuery(caller.UserId()), cancellationToken)));

    /// <summary>Lists the caller's ledger lines, newest first.</summary>
    /// <param name="cursor">The last page's <c>nextCursor</c>; the first page when left out.</param>
    /// <param name="limit">The maximum number of items on a page.</param>
    internal static async Task<Ok<PageEnvelope<WalletTransactionResponse>>> GetStatement(
        ClaimsPrincipal caller,
        IMediator mediator,
        CancellationToken cancellationToken,
        string? cursor = null,
        [DefaultValue(PageLimit.Default)] StrictInteger<int>? limit = null)
    {
        var page = await mediator.Send(
            new GetStatementQuery(caller.UserId(), cursor, limit?.Value ?? PageLimit.Default), cancellationToken);

        return TypedResults.Ok(new PageEnvelope<WalletTransactionResponse>(page.Transactions, page.Page));
    }
}
