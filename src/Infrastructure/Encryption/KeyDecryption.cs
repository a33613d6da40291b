using System.Globalization;
using CleanMessaging.Infrastructure.Encryption.Kms;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Encryption;

/// <summary>
/// Decrypts the keys of the ring by the KMS, if there is one. It runs once, before the server starts: afterwards the server does not need
/// the KMS.
/// </summary>
internal sealed partial class KeyDecryption(IOptions<EncryptionOptions> options, KeyRing ring, ILogger<KeyDecryption> logger)
{
    /// <summary>How long all attempts for all keys may take.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one attempt may take.</summary>
    public TimeSpan AttemptLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The time between two attempts.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <exception cref="KmsException">A key was not decrypted.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Kms is not { } kms)
            return;

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var decryptor = Create(kms);
        foreach (var key in options.Value.EncryptedKeys)
        {
            var value = await DecryptAsync(decryptor, key, limit.Token, cancellationToken);
            if (!EncryptionOptions.IsKey(value))
                throw new KmsException($"{key.Setting} was decrypted, but is not a random key of {EncryptionOptions.KeyBytes} bytes.");

            ring.Add(key.Id, value);
        }
    }

    private static IKeyDecryptor Create(KmsSettings kms)
    {
        try
        {
            return kms.CreateDecryptor();
        }
        catch (KmsException exception)
        {
            throw new KmsException($"The KMS of Encryption:Kms cannot be used: {exception.Message}.");
        }
    }

    /// <summary>Repeats attempts that failed for a reason that can pass, until the limit.</summary>
    private async Task<byte[]> DecryptAsync(IKeyDecryptor decryptor, EncryptedKey key, CancellationToken limit, CancellationToken stopped)
    {
        string? failure = null;
        while (true)
        {
            var earlier = failure;
            try
            {
                using var attempt = CancellationTokenSource.CreateLinkedTokenSource(limit);
                attempt.CancelAfter(AttemptLimit);

                return await decryptor.DecryptAsync(key.Value, attempt.Token).WaitAsync(attempt.Token);
            }
            catch (KmsException exception) when (exception.IsTransient)
            {
                failure = exception.Message;
            }
            catch (KmsException exception)
            {
                throw new KmsException($"{key.Setting} was not decrypted by the KMS of Encryption:Kms: {exception.Message}.");
            }
            catch (OperationCanceledException) when (!stopped.IsCancellationRequested)
            {
                // The last attempt can end early. An earlier one says more.
                failure = limit.IsCancellationRequested && earlier is not null ? earlier : "it did not answer in time";
            }

            if (earlier is null && !limit.IsCancellationRequested)
                Log.Retrying(logger, failure, Limit.TotalSeconds);

            await Task.Delay(Pause, limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stopped.ThrowIfCancellationRequested();
            if (limit.IsCancellationRequested)
            {
                throw new KmsException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The KMS of Encryption:Kms did not decrypt {key.Setting} within {Limit.TotalSeconds} s: {failure}."));
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning, Message = "The KMS does not decrypt the keys yet: {Failure}; retrying for {Seconds} s, before the start")]
        public static partial void Retrying(ILogger logger, string failure, double seconds);
    }
}
