using System.Security.Claims;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Sessions;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Limits;
using CleanMessaging.WebApi.OpenApi;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanMessaging.WebApi.Endpoints;

internal static class AuthEndpoints
{
    public static void MapAuth(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/auth").WithTags("Auth").AddEndpointFilter<AuthenticationLog>();
        group.MapPost("/register", Register).AllowAnonymous().WithName("registerAccount").CountedByHashing()
            .Takes(Examples.Register)
            .Answers(StatusCodes.Status201Created, Examples.Registered)
            .Checks<RegisterAccountCommand>()
            .Refuses(UserErrors.EmailTaken)
            .RefusedBy(LimitFailures.TooManyAtOnce(), LimitFailures.Busy());
        group.MapPost("/login", LogIn).AllowAnonymous().WithName("logIn").CountedByHashing()
            .Takes(Examples.LogIn)
            .Answers(StatusCodes.Status200OK, Examples.LoggedIn)
            .Checks<LogInCommand>()
            .Refuses(SessionErrors.InvalidCredentials)
            .RefusedBy(LimitFailures.TooManyWrongPasswords(TimeSpan.FromSeconds(60)), LimitFailures.TooManyAtOnce(), LimitFailures.Busy());
        group.MapPost("/refresh", Refresh).AllowAnonymous().WithName("refreshSession")
            .Takes(Examples.Refresh)
            .Answers(StatusCodes.Status200OK, Examples.LoggedIn)
            .Refuses(SessionErrors.InvalidRefreshToken);
        group.MapPost("/logout", LogOut).WithName("logOut")
            .Answers(StatusCodes.Status200OK, Examples.LoggedOut);
        group.MapPost("/password", ChangePassword).WithName("changePassword")
            .Takes(Examples.ChangePassword)
            .Answers(StatusCodes.Status200OK, Examples.LoggedIn)
            .Checks<ChangePasswordCommand>()
            .Refuses(SessionErrors.WrongPassword, SessionErrors.NoPassword)
            .RefusedBy(LimitFailures.TooManyWrongPasswords(TimeSpan.FromSeconds(60)), LimitFailures.Busy());
    }

    /// <summary>Makes an account as an Investor or a Startup, and signs it in.</summary>
    internal static async Task<Created<Envelope<SessionResponse>>> Register(
        RegisterRequest request, HttpContext httpContext, IMediator mediator, CancellationToken cancellationToken)
    {
        var session = await mediator.Send(
            new RegisterAccountCommand(request.Email, request.Password, request.DisplayName, request.Role, ClientAddress.Of(httpContext)), cancellationToken);

        return TypedResults.Created((string?)null, await CleanedUpAsync(session, mediator, cancellationToken));
    }

    /// <summary>Opens a session. The same answer, as fast, for an unknown account, a deactivated one and a wrong password.</summary>
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

    /// <summary>Exchanges a refresh token for a new pair of tokens. Using an old one ends the session.</summary>
    internal static async Task<Ok<Envelope<SessionResponse>>> Refresh(RefreshRequest request, IMediator mediator, CancellationToken cancellationToken)
    {
        var session = await mediator.Send(new RefreshSessionCommand(request.RefreshToken), cancellationToken)
            ?? throw new DomainException(SessionErrors.InvalidRefreshToken);

        return TypedResults.Ok(await CleanedUpAsync(session, mediator, cancellationToken));
    }

    /// <summary>
    /// Ends the session that the access token belongs to: its tokens hold no longer, its live connections close within seconds. With an external issuer's token there is nothing here to end.
    /// </summary>
    internal static async Task<Ok<NothingEnvelope>> LogOut(ClaimsPrincipal caller, IMediator mediator, CancellationToken cancellationToken)
    {
        if (caller.SessionId() is { } sessionId)
            await mediator.Send(new LogOutCommand(sessionId), cancellationToken);

        return TypedResults.Ok(new NothingEnvelope());
    }

    /// <summary>Replaces the password and ends every session of the caller, this one too. Go on with the new one in the answer.</summary>
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

    /// <summary>Every sign-in flags what has expired meanwhile, within bounds, and says how much.</summary>
    private static async Task<Envelope<SessionResponse>> CleanedUpAsync(SessionResponse session, IMediator mediator, CancellationToken cancellationToken)
    {
        var flagged = await mediator.Send(new CleanUpExpiredMessagesCommand(), cancellationToken);

        return Envelope.Of(session with { ExpiredMessages = flagged });
    }
}

/// <param name="Email">Where the user can be reached; also their name at log-in.</param>
/// <param name="Password">8 to 128 characters.</param>
/// <param name="DisplayName">How the others see the user, 1 to 100 characters.</param>
/// <param name="Role">Investor or Startup; it cannot be changed later.</param>
public sealed record RegisterRequest(string Email, string Password, string DisplayName, UserRole Role);

/// <param name="Email">As it was registered, in any case.</param>
/// <param name="Password">At most 128 characters.</param>
public sealed record LogInRequest(string Email, string Password);

/// <param name="CurrentPassword">At most 128 characters.</param>
/// <param name="NewPassword">8 to 128 characters.</param>
public sealed record ChangePasswordRequest(string CurrentPassword, string NewPassword);

/// <param name="RefreshToken">Of the latest answer to register, log in or refresh; good once.</param>
public sealed record RefreshRequest(string RefreshToken);
