using System.Collections.Frozen;
using System.Text;
using CleanMessaging.Domain.Text;

namespace CleanMessaging.Application.Accounts;

/// <summary>
/// The 10,000 most common passwords, which attackers try first. They come with the package zxcvbn-core, in the order of how common they are.
/// </summary>
internal static class CommonPasswords
{
    private const int Count = 10_000;
    private const string Resource = "zxcvbn-core.Dictionaries.passwords.lst";

    private static readonly Lazy<FrozenSet<string>> _passwords = new(() => Read().Take(Count).ToFrozenSet(StringComparer.OrdinalIgnoreCase));

    /// <summary>Whether a password is one of them, in any case and width, with or without white space around it.</summary>
    public static bool Contain(string password) =>
        _passwords.Value.Contains(UnicodeText.Normalize(password, NormalizationForm.FormKC).Trim());

    private static IEnumerable<string> Read()
    {
        using var stream = typeof(Zxcvbn.Zxcvbn).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"{Resource} is not in the package any more.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } password)
            yield return password;
    }
}
