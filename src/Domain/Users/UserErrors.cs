using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Users;

public static class UserErrors
{
    public static readonly DomainError NotFound = new("user.not_found", ErrorKind.NotFound, "There is no such user.");

    public static readonly DomainError EmailTaken = new("user.email_taken", ErrorKind.Conflict, "There is an account with this e-mail address already.");

    public static readonly DomainError DeactivatingSelf = new("user.deactivating_self", ErrorKind.Invalid, "Nobody deactivates themselves.");

    /// <summary>One code for every name that is rejected; the message says why.</summary>
    public static DomainError InvalidDisplayName(DisplayNameFault fault) => new(
        "user.invalid_display_name",
        ErrorKind.Invalid,
        fault switch
        {
            DisplayNameFault.HalfOfSurrogatePair => "A display name has no half of a surrogate pair.",
            DisplayNameFault.ControlCharacter => "A display name has no control characters and no line breaks.",
            DisplayNameFault.BidirectionalControl => "A display name has no characters that change the direction of text.",
            DisplayNameFault.InvisibleCharacter => "A display name has no invisible characters.",
            DisplayNameFault.TooManyMarks => "A display name has at most 4 combining marks in a row.",
            _ => "A display name has 1 to 100 characters, at least one of them visible.",
        });
}
