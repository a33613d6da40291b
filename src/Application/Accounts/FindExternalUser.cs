using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Users;
using MediatR;

namespace CleanMessaging.Application.Accounts;

/// <summary>
/// The user whom an external issuer knows as a subject, deactivated or not; null when the subject has not been here before.
/// </summary>
public sealed record FindExternalUserQuery(ExternalLogin Login) : IQuery<User?>;

/// <param name="Issuer">Who vouches for the subject: the token's <c>iss</c>.</param>
/// <param name="Subject">What the issuer calls the user: the token's <c>sub</c>.</param>
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
