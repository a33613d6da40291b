using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Users;

public static class UserErrors
{
    public static readonly DomainError NotFound = new("user.not_found", ErrorKind.NotFound, "There is no such user.");

    public static readonly DomainError EmailTaken = new("user.email_taken", ErrorKind.Conflict, "There is an account with this e-mail address already.");

    public static readonly DomainError DeactivatingSelf = new("user.deactivating_self", ErrorKind.Invalid, "Nobody deactivates themselves.");
}
