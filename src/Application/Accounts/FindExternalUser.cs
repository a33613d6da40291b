using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Users;
using MediatR;

namespace CleanMessaging.Application.Accounts;

/// <summary>
/// Finds the user for a subject of an external issuer, deactivated or not. Returns null for an unknown subject.
/// </summary>
public sealed record FindExternalUserQuery(ExternalLogin Login) : IQuery<User?>;

/// <param name="Issuer">The issuer of the token, from its <c>iss</c> claim.</param>
/// <param name="Subject">The issuer's id of the user, from the <c>sub</c> claim of the token.</param>
public sealed record ExternalLogin(string Issuer, string Subject)
{
    public const int IssuerMaxLength = 255;
    public const int SubjectMaxLength = 255;
}

internal sealed class FindExternalUserHandler(IAccountStore accounts) : IRequestHandler<FindExternalUserQuery, User?>
{
    public Task<User?> Handle(FindExternalUserQuery query, CancellationToken cancellationToken) =>
        accounts.FindExternalAsync(query.Login, cancellationToken);
}
