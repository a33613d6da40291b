using System.Security.Cryptography;
using CleanMessaging.Infrastructure.Persistence.Accounts;
using Microsoft.AspNetCore.Identity;

namespace CleanMessaging.Infrastructure.Identity;

/// <summary>
/// The hash that a password is compared with when the account does not exist, so that the response takes as long as for a wrong password.
/// It has the cost of a real hash, and its password is random and not stored.
/// </summary>
internal sealed class PlaceholderPassword(IPasswordHasher<Account> passwordHasher)
{
    private readonly Lazy<string> _hash = new(() => passwordHasher.HashPassword(new Account(), RandomNumberGenerator.GetHexString(64)));

    public string Hash => _hash.Value;
}
