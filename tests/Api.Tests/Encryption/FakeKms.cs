using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using X509Certificate2 = System.Security.Cryptography.X509Certificates.X509Certificate2;

namespace CleanMessaging.Api.Tests.Encryption;

/// <summary>
/// A KMS on loopback that speaks the protocols of AWS KMS and of Vault. It decrypts what <see cref="EncryptForAws"/> and
/// <see cref="EncryptForVault"/> return.
/// </summary>
internal sealed class FakeKms : IAsyncDisposable
{
    public const string AwsKeyId = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    public const string VaultKeyName = "clean-messaging_1.0";
    public const string Token = "hvs.secret-token-of-the-tests";

    /// <summary>A text in every error response, which no error may contain.</summary>
    public const string SecretInResponses = "secret-in-a-response";

    private readonly ConcurrentDictionary<string, string> _plain = new();
    private readonly ConcurrentQueue<Request> _requests = new();
    private readonly WebApplication _app;

    private FakeKms(ServerCertificate? certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
                listen.UseHttps(X509Certificate2.CreateFromPemFile(certificate.File, certificate.KeyFile));
        }));
        builder.WebHost.UseUrls();
        _app = builder.Build();
        _app.Run(ServeAsync);
    }

    public Uri Address => new(_app.Urls.First());

    public IReadOnlyCollection<Request> Requests => _requests;

    /// <summary>Answers a request by its number, from 1, instead of the KMS; returns false for a usual answer.</summary>
    public Func<int, HttpContext, Task<bool>> Interfere { get; set; } = (_, _) => Task.FromResult(false);

    public static async Task<FakeKms> StartAsync(ServerCertificate? certificate = null)
    {
        var kms = new FakeKms(certificate);
        await kms._app.StartAsync();

        return kms;
    }

    public string EncryptForAws(byte[] key)
    {
        var encrypted = Convert.ToBase64String(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToByteArray());
        _plain[encrypted] = Convert.ToBase64String(key);

        return encrypted;
    }

    public string EncryptForVault(byte[] key)
    {
        var encrypted = $"vault:v1:{EncryptForAws(key)}";
        _plain[encrypted] = Convert.ToBase64String(key);

        return encrypted;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    public static Task AnswerAsync(HttpContext context, int status, object body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/x-amz-json-1.1";

        return context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(body)).AsTask();
    }

    private async Task ServeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var request = new Request(
            $"{context.Request.Method} {context.Request.Path}",
            await reader.ReadToEndAsync(),
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        _requests.Enqueue(request);
        if (await Interfere(_requests.Count, context))
            return;

        using var body = JsonDocument.Parse(request.Body);
        if (request.Headers.TryGetValue("X-Amz-Target", out var target) && target == "TrentService.Decrypt")
            await DecryptAsAwsAsync(context, body.RootElement);
        else if (request.Line == $"POST /v1/transit/decrypt/{VaultKeyName}")
            await DecryptAsVaultAsync(context, body.RootElement, request);
        else
            await AnswerAsync(context, 404, new { errors = new[] { SecretInResponses } });
    }

    private Task DecryptAsAwsAsync(HttpContext context, JsonElement body)
    {
        if (body.GetProperty("KeyId").GetString() != AwsKeyId)
            return AnswerAsync(context, 400, new { __type = "IncorrectKeyException", message = SecretInResponses });

        return _plain.TryGetValue(body.GetProperty("CiphertextBlob").GetString()!, out var plain)
            ? AnswerAsync(context, 200, new { KeyId = AwsKeyId, Plaintext = plain, EncryptionAlgorithm = "SYMMETRIC_DEFAULT" })
            : AnswerAsync(context, 400, new { __type = "InvalidCiphertextException", message = SecretInResponses });
    }

    private Task DecryptAsVaultAsync(HttpContext context, JsonElement body, Request request)
    {
        if (!request.Headers.TryGetValue("X-Vault-Token", out var token) || token != Token)
            return AnswerAsync(context, 403, new { errors = new[] { SecretInResponses } });

        return _plain.TryGetValue(body.GetProperty("ciphertext").GetString()!, out var plain)
            ? AnswerAsync(context, 200, new { data = new { plaintext = plain } })
            : AnswerAsync(context, 400, new { errors = new[] { SecretInResponses } });
    }

    public sealed record Request(string Line, string Body, IReadOnlyDictionary<string, string> Headers);
}
