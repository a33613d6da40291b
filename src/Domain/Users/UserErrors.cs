using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Users;

public static class UserErrors
{
    public static readonly DomainError NotFound = new("user.not_found", ErrorKind.NotFound, "There is no such user.");

    public static readonly DomainError EmailTaken = new("user.email_taken", ErrorKind.Conflict, "An account with this e-mail address already exists.");

    public static readonly DomainError DeactivatingSelf = new("user.deactivating_self", ErrorKind.Invalid, "Admins cannot deactivate their own account.");

    /// <summary>The error for every invalid display name; the message gives the reason.</summary>
    public static DomainError InvalidDisplayName(DisplayNameFault fault) => new(
        "user.invalid_display_name",
        ErrorKind.Invalid,
        fault switch
        {
            DisplayNameFault.HalfOfSurrogatePair => "A display name must not contain an unpaired surrogate.",
            DisplayNameFault.ControlCharacter => "A display name must not contain control characters or line breaks.",
            DisplayNameFault.BidirectionalControl => "A display name must not contain characters that change the direction of text.",
            DisplayNameFault.InvisibleCharacter => "A display name must not contain invisible characters.",
            DisplayNameFault.TooManyMarks => "A display name has at most 4 combining marks in a row.",
            _ => "A display name has 1 to 100 characters, at least one of them visible.",
        });
}
