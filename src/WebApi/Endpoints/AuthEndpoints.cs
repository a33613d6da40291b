using System.Security.Claims;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Sessions;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Limits;
using CleanMessaging.WebApi.Responses;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanMessaging.WebApi.Endpoints;

internal static class AuthEndpoints
{
    public static void MapAuth(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/auth").WithTags("Auth").AddEndpointFilter<AuthenticationLog>();
        group.MapPost("/register", Register).AllowAnonymous().WithName("registerAccount").WithHashingQueue()
            .WithRequestExample(Examples.Register)
            .WithResponseExample(StatusCodes.Status201Created, Examples.Registered)
            .WithMemberErrors("displayName", UserErrors.InvalidDisplayName(DisplayNameFault.Length))
            .ProducesErrors(UserErrors.EmailTaken);
        group.MapPost("/login", LogIn).AllowAnonymous().WithName("logIn").WithHashingQueue()
            .WithRequestExample(Examples.LogIn)
            .WithResponseExample(StatusCodes.Status200OK, Examples.LoggedIn)
            .ProducesErrors(Examples.TooManyWrongPasswords)
            .ProducesErrors(SessionErrors.InvalidCredentials);
        group.MapPost("/refresh", Refresh).AllowAnonymous().WithName("refreshSession")
            .WithRequestExample(Examples.Refresh)
            .WithResponseExample(StatusCodes.Status200OK, Examples.LoggedIn)
            .ProducesErrors(SessionErrors.InvalidRefreshToken);
        group.MapPost("/logout", LogOut).WithName("logOut")
            .WithResponseExample(StatusCodes.Status200OK, Examples.LoggedOut);
        group.MapPost("/password", ChangePassword).WithName("changePassword")
            .WithRequestExample(Examples.ChangePassword)
            .WithResponseExample(StatusCodes.Status200OK, Examples.LoggedIn)
            .ProducesErrors(Examples.TooManyWrongPasswords, LimitErrors.Busy())
            .ProducesErrors(SessionErrors.WrongPassword, SessionErrors.NoPassword);
    }

    /// <summary>Creates an account for an Investor or a Startup, and opens a session.</summary>
    internal static async Task<Created<Envelope<SessionResponse>>> Register(
        RegisterRequest request, HttpContext httpContext, IMediator mediator, CancellationToken cancellationToken)
    {
        var session = await mediator.Send(
            new RegisterAccountCommand(request.Email, request.Password, request.DisplayName, request.Role, ClientAddress.Of(httpContext)),
            cancellationToken);

        return TypedResults.Created((string?)null, await CleanedUpAsync(session, mediator, cancellationToken));
    }

    /// <summary>
    /// Opens a session. An unknown account, a deactivated account and a wrong password get the same error after the same time.
    /// </summary>
    internal static async Task<Ok<Envelope<SessionResponse>>> LogIn(
        LogInRequest request, HttpContext httpContext, PasswordThrottle throttle, IMediator mediator, CancellationToken cancellationToken)
    {
        var session = await throttle.GuardAsync(
            httpContext,
            request.Email,
            SessionErrors.InvalidCredentials,
            new LogInCommand(request.Email, request.Password, ClientAddress.Of(httpContext)),
            command => mediator.Send(command, cancellationToken));

        return TypedResults.Ok(await CleanedUpAsync(session, mediator, cancellationToken));
    }

    /// <summary>Exchanges a refresh token for a new pair of tokens.</summary>
    /// <remarks>
    /// If the response is lost, send the same token again: for 30 seconds after the exchange the server returns the same refresh token and
    /// a new access token, also for concurrent requests. A later use of that token, or the use of an older one, revokes the session. A
    /// token that was never issued changes nothing.
    /// </remarks>
    internal static async Task<Ok<Envelope<SessionResponse>>> Refresh(
        RefreshRequest request, IMediator mediator, CancellationToken cancellationToken)
    {
        var session = await mediator.Send(new RefreshSessionCommand(request.RefreshToken), cancellationToken)
            ?? throw new DomainException(SessionErrors.InvalidRefreshToken);

        return TypedResults.Ok(await CleanedUpAsync(session, mediator, cancellationToken));
    }

    /// <summary>
    /// Revokes the session of the access token: its tokens become invalid, and its live connections close within seconds. Has no effect
    /// with a token of an external issuer.
    /// </summary>
    internal static async Task<Ok<NothingEnvelope>> LogOut(ClaimsPrincipal caller, IMediator mediator, CancellationToken cancellationToken)
    {
        if (caller.SessionId() is { } sessionId)
            await mediator.Send(new LogOutCommand(sessionId), cancellationToken);

        return TypedResults.Ok(new NothingEnvelope());
    }

    /// <summary>
    /// Replaces the password and revokes all sessions of the caller, including this one. Continue with the new session in the response.
    /// </summary>
    internal static async Task<Ok<Envelope<SessionResponse>>> ChangePassword(
        ChangePasswordRequest request,
        ClaimsPrincipal caller,
        HttpContext httpContext,
        PasswordThrottle throttle,
        IMediator mediator,
        CancellationToken cancellationToken)
    {
        var userId = caller.UserId();
        var session = await throttle.GuardAsync(
            httpContext,
            userId.ToString(),
            SessionErrors.WrongPassword,
            new ChangePasswordCommand(userId, request.CurrentPassword, request.NewPassword, ClientAddress.Of(httpContext)),
            command => mediator.Send(command, cancellationToken));

        return TypedResults.Ok(await CleanedUpAsync(session, mediator, cancellationToken));
    }

    /// <summary>Flags a limited number of expired messages at every sign-in, and adds their number to the response.</summary>
    private static async Task<Envelope<SessionResponse>> CleanedUpAsync(
        SessionResponse session, IMediator mediator, CancellationToken cancellationToken)
    {
        var flagged = await mediator.Send(new CleanUpExpiredMessagesCommand(), cancellationToken);

        return Envelope.Of(session with { ExpiredMessages = flagged });
    }
}

/// <param name="Email">The user's e-mail address, at most 254 characters; also the login name. White space at its ends is removed.</param>
/// <param name="Password">8 to 128 characters (Unicode code points).</param>
/// <param name="DisplayName">
/// The name that other users see, 1 to 100 characters (Unicode code points). White space at its ends is removed. Each run of white space
/// within it becomes one space. Control characters, line breaks, characters that change the direction of text, invisible characters, and
/// more than 4 combining marks in a row are rejected.
/// </param>
/// <param name="Role">Investor or Startup; it cannot be changed later.</param>
public sealed record RegisterRequest(string Email, string Password, string DisplayName, UserRole Role);

/// <param name="Email">
/// The address of the account, in any case and any Unicode normalization form. White space at its ends is removed.
/// </param>
/// <param name="Password">At most 128 characters.</param>
public sealed record LogInRequest(string Email, string Password);

/// <param name="CurrentPassword">At most 128 characters.</param>
/// <param name="NewPassword">8 to 128 characters.</param>
public sealed record ChangePasswordRequest(string CurrentPassword, string NewPassword);

/// <param name="RefreshToken">The refresh token from the latest response to register, log in or refresh.</param>
public sealed record RefreshRequest(string RefreshToken);
