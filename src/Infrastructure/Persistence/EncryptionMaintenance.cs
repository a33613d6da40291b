using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Persistence.Messages;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Work on stored texts and keys that an operator starts after a change of the encryption settings. It runs in small steps while servers
/// run, and can be stopped and repeated at any time.
/// </summary>
public static class EncryptionMaintenance
{
    /// <summary>Encrypts all texts that were stored before encryption was turned on.</summary>
    /// <param name="report">Called after each step with the number of texts that were encrypted in all.</param>
    /// <returns>The number of texts that are still not encrypted, because other transactions had locked them.</returns>
    /// <exception cref="InvalidOperationException">Encryption is off.</exception>
    /// <exception cref="NpgsqlException">The database cannot be used.</exception>
    public static async Task<long> EncryptTextsAsync(IServiceProvider services, Action<long> report, CancellationToken cancellationToken)
    {
        var texts = services.GetRequiredService<StoredTextEncryption>();
        if (!texts.IsOn)
            throw new InvalidOperationException("Encryption:Messages is not true, so texts are not encrypted.");

        var encrypted = 0L;
        for (MessageId? after = new MessageId(Guid.Empty); after is { } id;)
        {
            (var count, after) = await texts.EncryptNextAsync(id, cancellationToken);
            encrypted += count;
            report(encrypted);
        }

        return await texts.CountPlainAsync(cancellationToken);
    }

    /// <summary>Encrypts all keys of conversations and attachments under the active key of the ring.</summary>
    /// <param name="report">Called after each step with the number of keys that were encrypted again in all.</param>
    /// <returns>The number of keys that are still encrypted under another key, because other transactions had locked them.</returns>
    /// <exception cref="InvalidOperationException">There are no keys.</exception>
    /// <exception cref="KeyNotFoundException">The ring does not have a key that is in use.</exception>
    /// <exception cref="NpgsqlException">The database cannot be used.</exception>
    public static async Task<long> RenewKeysAsync(IServiceProvider services, Action<long> report, CancellationToken cancellationToken)
    {
        var keys = services.GetRequiredService<KeyRenewal>();
        if (!keys.HasKey)
            throw new InvalidOperationException("There are no keys. Set Encryption:KeyFile, or Encryption:Keys and Encryption:ActiveKey.");

        var renewed = 0L;
        foreach (var renew in new[] { keys.RenewConversationKeysAsync, (Func<CancellationToken, Task<int>>)keys.RenewAttachmentKeysAsync })
        {
            while (await renew(cancellationToken) is > 0 and var count)
            {
                renewed += count;
                report(renewed);
            }
        }

        return await keys.CountOtherAsync(cancellationToken);
    }
}
