namespace CleanMessaging.Tests.Support;

/// <summary>A run in which all servers encrypt messages; CLEANMESSAGING_ENCRYPTED=1 enables it.</summary>
public static class EncryptedRun
{
    /// <summary>The reason why a test is skipped in an encrypted run.</summary>
    public const string NeedsPlainTexts = "Reads or changes stored texts, so it runs without encryption only.";

    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("CLEANMESSAGING_ENCRYPTED") == "1";

    /// <summary>Returns what a server's settings need to encrypt messages. A test that states its keys, or none, keeps them.</summary>
    public static Dictionary<string, string?> SettingsFor(IReadOnlyDictionary<string, string?> settings)
    {
        if (!IsOn)
            return [];

        var hasOwn = settings.Keys.Any(key => key.StartsWith("Encryption:", StringComparison.Ordinal));
        var added = hasOwn ? [] : TestKeys.Settings("encrypted-run");
        if (!hasOwn || settings.ContainsKey("Encryption:ActiveKey"))
            added["Encryption:Messages"] = "true";

        return added;
    }
}
