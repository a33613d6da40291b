using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Infrastructure.Persistence.Accounts;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Identity;

/// <summary>
/// Hashes passwords and compares them with stored hashes. The duration of a comparison depends only on the given password. It does not
/// depend on stored data: neither on the existence of the account nor on the cost of its hash.
/// </summary>
/// <remarks>
/// A comparison keeps a core busy for 100 ms or more. Only <see cref="PasswordHashing"/> uses this type, because it bounds how many run at
/// a time.
/// </remarks>
internal sealed class PasswordVerifier(
    IPasswordHasher<Account> passwordHasher, PlaceholderPassword placeholder, IOptions<PasswordHasherOptions> options)
{
    /// <summary>The first byte of an ASP.NET Core Identity hash: its format.</summary>
    private const byte FormatWithIterations = 1;

    /// <summary>The offset of the iteration count in such a hash, after the format and the function.</summary>
    private const int IterationsOffset = 5;

    private const int SubkeyLength = 32;

    private static readonly Account _noAccount = new();
    private static readonly byte[] _salt = new byte[16];

    /// <summary>Hashes a new password.</summary>
    public string Hash(string password) => passwordHasher.HashPassword(_noAccount, PasswordText.Prepare(password));

    /// <summary>Compares a password with a hash. Null, or a text that is not a hash, counts as a hash that no password matches.</summary>
    /// <remarks>
    /// If preparation changes the password, the original text is compared as well: hashes that were stored before passwords were prepared
    /// are hashes of the original text.
    /// </remarks>
    public PasswordVerdict Verify(string? hash, string password)
    {
        hash = IsHash(hash) ? hash : null;
        var prepared = PasswordText.Prepare(password);
        var verdict = VerifyText(hash, prepared);
        if (verdict != PasswordVerdict.Wrong || prepared == password)
            return verdict;

        return VerifyText(hash, password) == PasswordVerdict.Wrong ? PasswordVerdict.Wrong : PasswordVerdict.RightWithOutdatedHash;
    }

    /// <summary>Returns false for a text that is not Base64, for example in a damaged row. The comparison would throw.</summary>
    private static bool IsHash(string? stored) => stored is not null && Base64.IsValid(stored);

    private PasswordVerdict VerifyText(string? hash, string text)
    {
        var compared = hash ?? placeholder.Hash;
        var result = passwordHasher.VerifyHashedPassword(_noAccount, compared, text);
        SpendDifference(compared, text);
        if (hash is null)
            return PasswordVerdict.Wrong;

        return result switch
        {
            PasswordVerificationResult.Success => PasswordVerdict.Right,
            PasswordVerificationResult.SuccessRehashNeeded => PasswordVerdict.RightWithOutdatedHash,
            _ => PasswordVerdict.Wrong,
        };
    }

    /// <summary>Makes a comparison with a hash of fewer iterations take as long as one with the current number.</summary>
    private void SpendDifference(string hash, string text)
    {
        var difference = options.Value.IterationCount - IterationsOf(hash);
        if (difference > 0)
            Rfc2898DeriveBytes.Pbkdf2(text, _salt, difference, HashAlgorithmName.SHA512, SubkeyLength);
    }

    private int IterationsOf(string hash)
    {
        var bytes = new byte[hash.Length];

        return Convert.TryFromBase64String(hash, bytes, out var length)
            && length > IterationsOffset + sizeof(uint)
            && bytes[0] == FormatWithIterations
            ? (int)BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(IterationsOffset))
            : options.Value.IterationCount;
    }
}

/// <summary>The result of comparing a password with a stored hash.</summary>
internal enum PasswordVerdict
{
    Wrong,
    Right,

    /// <summary>
    /// The password is correct, and its hash should be replaced: it has too few iterations, or it is a hash of the unprepared text.
    /// </summary>
    RightWithOutdatedHash,
}
