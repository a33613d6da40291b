using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using CleanMessaging.Application.Accounts;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Identity;

/// <summary>
/// Hashes passwords and compares them with stored hashes. How long a comparison takes depends on the password that was typed and on nothing that is
/// stored: not on whether there is an account, and not on the cost of its hash.
/// </summary>
/// <remarks>Keeps a core busy for 100 ms and more, so it is used by <see cref="PasswordHashing"/> only, which bounds how many run at a time.</remarks>
internal sealed class PasswordVerifier(
    IPasswordHasher<Account> passwordHasher, PlaceholderPassword placeholder, IOptions<PasswordHasherOptions> options)
{
    /// <summary>What the first byte of a hash of ASP.NET Core Identity says.</summary>
    private const byte FormatWithIterations = 1;

    /// <summary>Where such a hash has its number of iterations: after the format and the function.</summary>
    private const int IterationsOffset = 5;

    private const int SubkeyLength = 32;

    private static readonly Account _nobody = new();
    private static readonly byte[] _salt = new byte[16];

    /// <summary>The hash of a new password.</summary>
    public string Hash(string password) => passwordHasher.HashPassword(_nobody, PasswordText.Prepare(password));

    /// <summary>Compares a password with a hash; with null, or with a text that is no hash, as with a hash that fits no password.</summary>
    /// <remarks>
    /// A password that is prepared to another text than was typed is compared as typed too: hashes that were made before passwords were prepared
    /// are of that text.
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

    /// <summary>The comparison throws on a text that is not Base64, as a damaged row may have.</summary>
    private static bool IsHash(string? stored) => stored is not null && Base64.IsValid(stored);

    private PasswordVerdict VerifyText(string? hash, string text)
    {
        var compared = hash ?? placeholder.Hash;
        var result = passwordHasher.VerifyHashedPassword(_nobody, compared, text);
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

    /// <summary>Makes a comparison with a hash of fewer iterations take as long as one with today's.</summary>
    private void SpendDifference(string hash, string text)
    {
        var difference = options.Value.IterationCount - IterationsOf(hash);
        if (difference > 0)
            Rfc2898DeriveBytes.Pbkdf2(text, _salt, difference, HashAlgorithmName.SHA512, SubkeyLength);
    }

    private int IterationsOf(string hash)
    {
        var bytes = new byte[hash.Length];

        return Convert.TryFromBase64String(hash, bytes, out var length) && length > IterationsOffset + sizeof(uint) && bytes[0] == FormatWithIterations
            ? (int)BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(IterationsOffset))
            : options.Value.IterationCount;
    }
}

/// <summary>How a password compares with a stored hash.</summary>
internal enum PasswordVerdict
{
    Wrong,
    Right,

    /// <summary>The password is right, and its hash should be replaced: it has fewer iterations than today's, or is of a text that was not prepared.</summary>
    RightWithOutdatedHash,
}
