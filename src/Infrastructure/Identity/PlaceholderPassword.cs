using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;

namespace CleanMessaging.Infrastructure.Identity;

/// <summary>
/// What a password is compared with when there is no such account, so that the answer takes as long as for a wrong password. Of
/// the same cost as a real one, and of no password that anybody knows.
/// </summary>
internal sealed class PlaceholderPassword(IPasswordHasher<Account> passwordHasher)
{
    private readonly Lazy<string> _hash = new(() => passwordHasher.HashPassword(new Account(), RandomNumberGenerator.GetHexString(64)));

    public string Hash => _hash.Value;
}
