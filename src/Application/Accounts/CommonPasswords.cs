using System.Collections.Frozen;
using System.Text;
using CleanMessaging.Domain.Text;

namespace CleanMessaging.Application.Accounts;

/// <summary>
/// The 10,000 most common passwords, which attackers try first. The list comes from the package zxcvbn-core, ordered by frequency.
/// </summary>
internal static class CommonPasswords
{
    private const int Count = 10_000;
    private const string Resource = "zxcvbn-core.Dictionaries.passwords.lst";

    private static readonly Lazy<FrozenSet<string>> _passwords = new(
        () => Read().Take(Count).ToFrozenSet(StringComparer.OrdinalIgnoreCase));

    /// <summary>Whether a password is in the list. Case, character width, and leading and trailing white space are ignored.</summary>
    public static bool Contain(string password) =>
        _passwords.Value.Contains(UnicodeText.Normalize(password, NormalizationForm.FormKC).Trim());

    private static IEnumerable<string> Read()
    {
        using var stream = typeof(Zxcvbn.Zxcvbn).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The package zxcvbn-core no longer contains the resource {Resource}.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } password)
            yield return password;
    }
}
