using Microsoft.Extensions.Configuration;

namespace CleanMessaging.Infrastructure.Encryption.Kms;

/// <summary>The KMS that the keys of the ring are encrypted by.</summary>
/// <param name="CreateDecryptor">Creates the client of the KMS.</param>
/// <param name="IsEncryptedKey">Whether a text has the form of a key that this KMS has encrypted.</param>
/// <param name="EncryptedForm">Describes that form.</param>
internal sealed record KmsSettings(Func<IKeyDecryptor> CreateDecryptor, Predicate<string> IsEncryptedKey, string EncryptedForm)
{
    private const string Setting = $"{EncryptionOptions.Section}:{nameof(EncryptionOptions.Kms)}";
    private const string Aws = "aws:";
    private const string Vault = "vault:";
    private const string VaultKeys = "/transit/keys/";
    private const string VaultDecrypt = "/v1/transit/decrypt/";
    private const string VaultCiphertext = "vault:v";
    private const string Form =
        $"{Setting} must be {Aws}KEY, with the id or ARN of a key of AWS KMS, or {Vault}ADDRESS{VaultKeys}NAME, for example "
        + $"{Vault}https://vault.example.com:8200{VaultKeys}cleanmessaging.";

    /// <summary>Reads the settings of a KMS. Adds what is wrong with them to the errors, which contain no value.</summary>
    /// <returns>Null if no KMS is set, or if there is an error.</returns>
    public static KmsSettings? Read(IConfigurationSection section, ICollection<string> errors)
    {
        var kms = section[nameof(EncryptionOptions.Kms)];
        if (string.IsNullOrWhiteSpace(kms))
            return null;

        var known = errors.Count;
        KmsSettings? settings = null;
        if (kms.StartsWith(Aws, StringComparison.Ordinal) && IsVisibleAscii(kms[Aws.Length..]))
            settings = ReadAws(kms[Aws.Length..], section, errors);
        else if (DecryptAddressOf(kms) is { } address)
            settings = ReadVault(address, section, errors);
        else
            errors.Add(Form);

        return errors.Count == known ? settings : null;
    }

    private static KmsSettings ReadAws(string keyId, IConfigurationSection section, ICollection<string> errors)
    {
        var endpoint = section["KmsEndpoint"] is { Length: > 0 } value ? value : null;
        if (endpoint is not null && !IsPlainAddress(endpoint, out _))
            errors.Add($"{EncryptionOptions.Section}:KmsEndpoint is not an http or https address without user, password and query.");

        return new KmsSettings(
            () => new AwsKeyDecryptor(keyId, endpoint),
            text => Convert.TryFromBase64String(text, new byte[text.Length], out var length) && length > 0,
            "the CiphertextBlob of a data key, in Base64");
    }

    private static KmsSettings ReadVault(Uri address, IConfigurationSection section, ICollection<string> errors)
    {
        var token = ReadVaultToken(section, errors) ?? "";
        var vaultNamespace = section["VaultNamespace"] is { Length: > 0 } value ? value : null;
        if (vaultNamespace is not null && !IsVisibleAscii(vaultNamespace))
            errors.Add($"{EncryptionOptions.Section}:VaultNamespace must be visible ASCII characters.");

        return new KmsSettings(
            () => new VaultKeyDecryptor(address, token, vaultNamespace),
            text => text.StartsWith(VaultCiphertext, StringComparison.Ordinal) && IsVisibleAscii(text),
            $"the ciphertext of a data key, which begins with {VaultCiphertext}");
    }

    private static string? ReadVaultToken(IConfigurationSection section, ICollection<string> errors)
    {
        const string Names = $"{EncryptionOptions.Section}:VaultToken or {EncryptionOptions.Section}:VaultTokenFile";
        var token = section["VaultToken"];
        var file = section["VaultTokenFile"];
        if (string.IsNullOrEmpty(token) == string.IsNullOrEmpty(file))
        {
            errors.Add($"Set either {Names}, for the Vault of {Setting}.");
            return null;
        }

        try
        {
            token = string.IsNullOrEmpty(file) ? token! : File.ReadAllText(file).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            errors.Add($"{EncryptionOptions.Section}:VaultTokenFile cannot be read. {exception.Message}");
            return null;
        }

        if (IsVisibleAscii(token))
            return token;

        errors.Add($"{Names} does not have a token of visible ASCII characters.");

        return null;
    }

    /// <summary>Returns the address of the operation that decrypts; null if the text does not have the form of a key of Vault.</summary>
    private static Uri? DecryptAddressOf(string kms)
    {
        var keys = kms.LastIndexOf(VaultKeys, StringComparison.Ordinal);
        if (!kms.StartsWith(Vault, StringComparison.Ordinal) || keys < Vault.Length)
            return null;

        var name = kms[(keys + VaultKeys.Length)..];
        var isName = name.Length > 0 && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.');

        return isName && IsPlainAddress(kms[Vault.Length..keys], out var address)
            ? new Uri($"{address.GetLeftPart(UriPartial.Path).TrimEnd('/')}{VaultDecrypt}{name}")
            : null;
    }

    private static bool IsPlainAddress(string text, out Uri address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address!)
        && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp)
        && address.UserInfo.Length == 0
        && address.Query.Length == 0
        && address.Fragment.Length == 0;

    private static bool IsVisibleAscii(string text) => text.Length > 0 && text.All(character => character is >= '!' and <= '~');
}
