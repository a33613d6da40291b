using System.Net.Http.Json;
using System.Text.Json;

namespace CleanMessaging.Infrastructure.Encryption.Kms;

/// <summary>Decrypts keys by the transit engine of HashiCorp Vault or of OpenBao.</summary>
/// <param name="address">The address of the operation that decrypts.</param>
/// <param name="vaultNamespace">The namespace of the engine; null for the root or for a Vault without namespaces.</param>
internal sealed class VaultKeyDecryptor(Uri address, string token, string? vaultNamespace) : IKeyDecryptor
{
    private readonly HttpClient _client = KmsHttp.CreateClient();

    public async Task<byte[]> DecryptAsync(string encryptedKey, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address);
        request.Content = JsonContent.Create(new { ciphertext = encryptedKey });
        request.Headers.Add("X-Vault-Token", token);
        request.Headers.Add("X-Vault-Request", "true");
        if (vaultNamespace is not null)
            request.Headers.Add("X-Vault-Namespace", vaultNamespace);

        try
        {
            using var response = await _client.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
                throw KmsException.OfStatus((int)response.StatusCode);

            using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));

            return json.RootElement.GetProperty("data").GetProperty("plaintext").GetBytesFromBase64();
        }
        catch (HttpRequestException exception)
        {
            throw KmsException.Of(exception);
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw KmsException.OfResponseWithoutKey();
        }
    }

    public void Dispose() => _client.Dispose();
}
