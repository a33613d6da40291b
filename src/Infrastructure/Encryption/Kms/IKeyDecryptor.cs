namespace CleanMessaging.Infrastructure.Encryption.Kms;

/// <summary>Decrypts keys by a KMS.</summary>
internal interface IKeyDecryptor : IDisposable
{
    /// <summary>Makes one attempt to decrypt a key.</summary>
    /// <exception cref="KmsException">The KMS did not decrypt the key.</exception>
    Task<byte[]> DecryptAsync(string encryptedKey, CancellationToken cancellationToken);
}
