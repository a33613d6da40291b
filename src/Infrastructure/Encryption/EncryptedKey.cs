namespace CleanMessaging.Infrastructure.Encryption;

/// <summary>A key of the ring as a KMS has encrypted it.</summary>
/// <param name="Value">What the KMS decrypts.</param>
/// <param name="Setting">The setting that has the value, for errors.</param>
internal sealed record EncryptedKey(string Id, string Value, string Setting);
