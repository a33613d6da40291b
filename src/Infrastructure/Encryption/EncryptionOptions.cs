using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using CleanMessaging.Infrastructure.Encryption.Kms;
using Microsoft.Extensions.Configuration;

namespace CleanMessaging.Infrastructure.Encryption;

/// <summary>
/// The keys of the server outside of its database. They come from the configuration, or from a file with the same section, and are in plain
/// or encrypted by a KMS. Without keys, features that need one are off.
/// </summary>
/// <remarks>
/// The settings are read without the configuration binder, whose errors contain values. The errors of this class contain no value, also
/// none of an id, because a key may have been set in its place.
/// </remarks>
public sealed class EncryptionOptions : IValidatableObject
{
    public const string Section = "Encryption";

    /// <summary>The length of a key in bytes.</summary>
    public const int KeyBytes = 32;

    /// <summary>The maximum length of the id of a key.</summary>
    public const int KeyIdMaxLength = 32;

    private const int DistinctBytesMin = 10;
    private const string HowToMakeAKey = "Make one with: openssl rand -base64 32";

    private readonly List<string> _errors = [];
    private readonly Dictionary<string, byte[]> _keys = new(StringComparer.Ordinal);
    private readonly List<EncryptedKey> _encryptedKeys = [];

    /// <summary>The keys in plain by their id.</summary>
    internal IReadOnlyDictionary<string, byte[]> Keys => _keys;

    /// <summary>The keys that the KMS decrypts. With a KMS, there are no others.</summary>
    internal IReadOnlyList<EncryptedKey> EncryptedKeys => _encryptedKeys;

    /// <summary>The KMS that the keys are encrypted by; null without one.</summary>
    internal KmsSettings? Kms { get; private set; }

    /// <summary>The id of the key for new data; null if there are no keys.</summary>
    internal string? ActiveKey { get; private set; }

    /// <summary>Whether new message texts are stored encrypted, and events are encrypted on their way through Redis.</summary>
    internal bool Messages { get; private set; }

    /// <summary>Returns what is wrong with the settings. The texts contain no value.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        _errors.Select(error => new ValidationResult(error));

    /// <summary>Whether bytes have the length of a key and look random.</summary>
    internal static bool IsKey(byte[] bytes) => bytes.Length == KeyBytes && IsRandom(bytes);

    /// <summary>Reads the settings, and the key file if there is one. <see cref="Validate"/> returns the errors.</summary>
    internal void Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        ReadAllKeys(section);
        if (bool.TryParse(section["Messages"], out var messages))
            Messages = messages;
        else if (!string.IsNullOrEmpty(section["Messages"]))
            _errors.Add("Encryption:Messages must be true or false.");

        if (Messages && _errors.Count == 0 && ActiveKey is null)
            _errors.Add("Encryption:Messages is true, but there are no keys. Set Encryption:KeyFile, or Encryption:Keys and ActiveKey.");
    }

    private void ReadAllKeys(IConfigurationSection section)
    {
        Kms = KmsSettings.Read(section, _errors);
        if (_errors.Count > 0)
            return;

        if (string.IsNullOrWhiteSpace(section["KeyFile"]))
        {
            ReadKeys(section, Section);
            return;
        }

        var file = section["KeyFile"]!;
        if (KeysOf(section).Any() || !string.IsNullOrEmpty(section["ActiveKey"]))
        {
            _errors.Add("Encryption:KeyFile is set, and Encryption:Keys or Encryption:ActiveKey too. Set either the file or the keys.");
            return;
        }

        if (ReadFile(file) is not { } content)
            return;

        ReadKeys(content.GetSection(Section), $"{file}: {Section}");
        if (!HasKeys && _errors.Count == 0)
            _errors.Add($"{file}: {Section}:Keys is missing. The file needs a key, or Encryption:KeyFile must not be set.");
    }

    private bool HasKeys => _keys.Count > 0 || _encryptedKeys.Count > 0;

    private static bool IsRandom(byte[] bytes) => bytes.Distinct().Count() >= DistinctBytesMin;

    /// <summary>Returns the keys of a section. An empty environment variable counts as not set.</summary>
    private static IEnumerable<IConfigurationSection> KeysOf(IConfigurationSection section) => section
        .GetSection("Keys")
        .GetChildren()
        .Where(key => key.AsEnumerable().Any(setting => !string.IsNullOrEmpty(setting.Value)));

    private IConfiguration? ReadFile(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);

            return new ConfigurationBuilder().AddJsonStream(stream).Build();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            _errors.Add($"Encryption:KeyFile cannot be read. {exception.Message}");
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidDataException)
        {
            // The message of the exception can quote a part of a key.
            _errors.Add($"Encryption:KeyFile is '{file}', which is not a JSON object or has a member twice.");
        }

        return null;
    }

    private void ReadKeys(IConfigurationSection section, string path)
    {
        if (!string.IsNullOrEmpty(section["Keys"]))
            _errors.Add($"{path}:Keys must be a list of keys, each with Id and Value or EncryptedValue.");

        foreach (var key in KeysOf(section))
            ReadKey(key, $"{path}:Keys:{key.Key}");

        ActiveKey = section["ActiveKey"] is { Length: > 0 } active ? active : null;
        if (_errors.Count > 0 || (ActiveKey is null && !HasKeys && Kms is null))
            return;

        if (Kms is not null && !HasKeys)
            _errors.Add($"{path}:Keys is missing. {Section}:Kms needs keys that it decrypts.");
        else if (ActiveKey is null)
            _errors.Add($"{path}:ActiveKey is not set. It is the Id of the key for new data.");
        else if (!IsKnown(ActiveKey))
            _errors.Add($"{path}:ActiveKey is not the Id of one of the keys.");
    }

    private bool IsKnown(string id) => _keys.ContainsKey(id) || _encryptedKeys.Exists(key => key.Id == id);

    private void ReadKey(IConfigurationSection key, string path)
    {
        if (key["Id"] is not { Length: >= 1 and <= KeyIdMaxLength } id || id.Any(character => character is < '!' or > '~'))
            _errors.Add($"{path}:Id must be 1 to {KeyIdMaxLength} visible ASCII characters.");
        else if (Kms is null)
            ReadPlainKey(id, key, path);
        else
            ReadEncryptedKey(Kms, id, key, path);
    }

    private void ReadEncryptedKey(KmsSettings kms, string id, IConfigurationSection key, string path)
    {
        var value = key["EncryptedValue"] ?? "";
        if (!string.IsNullOrEmpty(key["Value"]))
            _errors.Add($"{path}:Value is set. With {Section}:Kms, set EncryptedValue instead.");
        else if (!kms.IsEncryptedKey(value))
            _errors.Add($"{path}:EncryptedValue must be {kms.EncryptedForm}.");
        else if (IsKnown(id))
            _errors.Add($"{path}:Id is the Id of an earlier key too.");
        else
            _encryptedKeys.Add(new EncryptedKey(id, value, $"{path}:EncryptedValue"));
    }

    private void ReadPlainKey(string id, IConfigurationSection key, string path)
    {
        if (!string.IsNullOrEmpty(key["EncryptedValue"]))
        {
            _errors.Add($"{path}:EncryptedValue is set, but {Section}:Kms is not. Set the KMS that decrypts it.");
            return;
        }

        var value = key["Value"];
        var bytes = new byte[KeyBytes];
        if (value is null || !Convert.TryFromBase64String(value, bytes, out var length) || length != KeyBytes)
            _errors.Add($"{path}:Value must be {KeyBytes} bytes in Base64. {HowToMakeAKey}");
        else if (!IsRandom(bytes))
            _errors.Add($"{path}:Value is too weak: it is not random. {HowToMakeAKey}");
        else if (IsKnown(id))
            _errors.Add($"{path}:Id is the Id of an earlier key too.");
        else
            _keys.Add(id, bytes);
    }
}
