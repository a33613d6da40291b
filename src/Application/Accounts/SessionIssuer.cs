using AutoMapper;
using CleanMessaging.Application.Users;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Sessions;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Accounts;

/// <summary>Creates the response to registration, login and refresh: a session with a new pair of tokens.</summary>
internal sealed class SessionIssuer(ISessionRepository sessions, ITokenIssuer tokens, IMapper mapper)
{
    /// <summary>Opens a new session, in the caller's unit of work.</summary>
    public SessionResponse Open(User user, DateTimeOffset now)
    {
        var familyKey = tokens.CreateSecret();
        var refreshToken = tokens.CreateRefreshToken(Guid.CreateVersion7(now), familyKey);
        sessions.Add(
            Session.Open(new SessionId(refreshToken.SessionId), new UserId(user.Id), familyKey, refreshToken.Hash, now));

        return Describe(user, refreshToken, now);
    }

    /// <summary>Creates the response for a session whose current refresh token is <paramref name="refreshToken"/>.</summary>
    public SessionResponse Describe(User user, RefreshToken refreshToken, DateTimeOffset now)
    {
        var accessToken = tokens.IssueAccessToken(user, refreshToken.SessionId, now);

        return new SessionResponse(
            accessToken.Text, accessToken.ExpiresAt, refreshToken.Text, mapper.Map<UserResponse>(user), ExpiredMessages: 0);
    }
}
