using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Users;

public static class UserErrors
{
    public static readonly DomainError NotFound = new("user.not_found", ErrorKind.NotFound, "There is no such user.");

    public static readonly DomainError EmailTaken = new(
        "user.email_taken", ErrorKind.Conflict, "An account with this e-mail address already exists.");

    public static readonly DomainError DeactivatingSelf = new(
        "user.deactivating_self", ErrorKind.Invalid, "Admins cannot deactivate their own account.");

    public static readonly DomainError CommonPassword = new(
        "user.common_password", ErrorKind.Invalid, "This password is one of the 10,000 most common passwords. Choose another one.");

    public static readonly DomainError InvalidRole = new("user.invalid_role", ErrorKind.Invalid, "A role is Investor or Startup.");

    public static readonly DomainError InvalidSearch = new(
        "user.invalid_search",
        ErrorKind.Invalid,
        "A search has 2 to 100 characters and no U+0000. Leave it out to list every user.");

    /// <param name="isNew">
    /// Whether the address is for a new account. Existing accounts can have addresses that are no longer accepted.
    /// </param>
    public static DomainError InvalidEmail(bool isNew) => new(
        "user.invalid_email",
        ErrorKind.Invalid,
        $"An e-mail address looks like name@example.com and has at most 254 characters{(isNew ? ", none of them invisible" : "")}.");

    /// <param name="isNew">Whether the password is a new one. Existing passwords can be shorter.</param>
    public static DomainError InvalidPassword(bool isNew) => new(
        "user.invalid_password",
        ErrorKind.Invalid,
        isNew ? "A password has 8 to 128 characters." : "A password has at most 128 characters.");

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
