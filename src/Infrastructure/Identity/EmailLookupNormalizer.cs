using CleanMessaging.Application.Accounts;
using Microsoft.AspNetCore.Identity;

namespace CleanMessaging.Infrastructure.Identity;

/// <summary>
/// Creates the lookup keys of accounts for ASP.NET Core Identity. The e-mail address is the user name, so both have the same key.
/// </summary>
internal sealed class EmailLookupNormalizer : ILookupNormalizer
{
    public string? NormalizeEmail(string? email) => email is null ? null : EmailAddress.KeyOf(email);

    public string? NormalizeName(string? name) => NormalizeEmail(name);
}
