using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Encryption.Kms;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Api.Tests.Encryption;

/// <summary>Decrypts keys by a KMS with short time limits, and collects what is logged.</summary>
internal sealed class KmsRun : IDisposable
{
    public const string Aws = "aws";
    public const string Vault = "vault";

    private const string SecretAccessKey = "secret-access-key-of-the-tests";

    /// <summary>Sets what the AWS SDK looks for, to the same values each time.</summary>
    public KmsRun()
    {
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", SecretAccessKey);
        Environment.SetEnvironmentVariable("AWS_REGION", "eu-central-1");
        Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");
    }

    /// <summary>A limit for tests that wait for its end.</summary>
    public static TimeSpan ShortLimit { get; } = TimeSpan.FromSeconds(2);

    public CapturedLogs Logs { get; } = new();

    public void Dispose() => Logs.Dispose();

    public static byte[] KeyOf(string id) => Convert.FromBase64String(TestKeys.ValueOf(id));

    public static async Task<bool> AnswerErrorAsync(HttpContext context, int status)
    {
        await FakeKms.AnswerAsync(context, status, new { __type = FakeKms.SecretInResponses, errors = new[] { TestKeys.ValueOf("one") } });

        return true;
    }

    public static Dictionary<string, string?> Settings(FakeKms kms, string kind, params byte[][] keys) => Settings(kms, kind, kms.Address, keys);

    public static Dictionary<string, string?> Settings(FakeKms kms, string kind, byte[] key, Uri address) => Settings(kms, kind, address, key);

    private static Dictionary<string, string?> Settings(FakeKms kms, string kind, Uri address, params byte[][] keys)
    {
        var origin = address.GetLeftPart(UriPartial.Authority);
        var settings = new Dictionary<string, string?> { ["Encryption:ActiveKey"] = "key0" };
        if (kind == Aws)
        {
            settings["Encryption:Kms"] = $"aws:{FakeKms.AwsKeyId}";
            settings["Encryption:KmsEndpoint"] = origin;
        }
        else
        {
            settings["Encryption:Kms"] = $"vault:{origin}/transit/keys/{FakeKms.VaultKeyName}";
            settings["Encryption:VaultToken"] = FakeKms.Token;
        }

        for (var index = 0; index < keys.Length; index++)
        {
            settings[$"Encryption:Keys:{index}:Id"] = $"key{index}";
            settings[$"Encryption:Keys:{index}:EncryptedValue"] = kind == Aws ? kms.EncryptForAws(keys[index]) : kms.EncryptForVault(keys[index]);
        }

        return settings;
    }

    public async Task<KeyRing> DecryptAsync(Dictionary<string, string?> settings, TimeSpan? limit = null, CancellationTokenSource? interruption = null)
    {
        var read = new EncryptionOptions();
        read.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        read.Validate(new(read)).ShouldBeEmpty();
        var options = Options.Create(read);
        var ring = new KeyRing(options);
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(Logs).SetMinimumLevel(LogLevel.Trace));
        var decryption = new KeyDecryption(options, ring, logging.CreateLogger<KeyDecryption>())
        {
            Limit = limit ?? TimeSpan.FromMinutes(1),
            AttemptLimit = (limit ?? TimeSpan.FromMinutes(1)) * 0.4,
            Pause = TimeSpan.FromMilliseconds(20),
        };

        await decryption.RunAsync(interruption?.Token ?? TestContext.Current.CancellationToken);

        return ring;
    }

    /// <summary>Returns the error. It and the log contain no secret.</summary>
    public async Task<string> FailAsync(Dictionary<string, string?> settings, TimeSpan? limit = null)
    {
        var error = (await Should.ThrowAsync<KmsException>(() => DecryptAsync(settings, limit))).ToString();

        foreach (var text in Logs.Lines.Select(line => line.Text).Append(error))
        {
            text.ShouldNotContain(FakeKms.Token);
            text.ShouldNotContain(FakeKms.SecretInResponses);
            text.ShouldNotContain(TestKeys.ValueOf("one"));
            text.ShouldNotContain(settings["Encryption:Keys:0:EncryptedValue"]!);
            text.ShouldNotContain(SecretAccessKey);
        }

        return error[(error.IndexOf(": ", StringComparison.Ordinal) + 2)..].Split(Environment.NewLine)[0];
    }
}
