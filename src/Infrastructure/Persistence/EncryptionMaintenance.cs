using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Attachments.Storage;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Persistence.Messages;
using CleanMessaging.Infrastructure.Postgres;
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
    /// <returns>
    /// The number of texts that are still not encrypted: other transactions had locked them, servers without encryption have stored them
    /// since, or the key of their conversation cannot be decrypted.
    /// </returns>
    /// <exception cref="InvalidOperationException">Encryption is off.</exception>
    /// <exception cref="NpgsqlException">The database cannot be used.</exception>
    public static async Task<long> EncryptTextsAsync(IServiceProvider services, Action<long> report, CancellationToken cancellationToken)
    {
        await using var database = CreateDataSource(services);
        var texts = new StoredTextEncryption(database, services.GetRequiredService<MessageEncryption>());
        if (!texts.IsOn)
            throw new InvalidOperationException("Encryption:Messages is not true, so texts are not encrypted.");

        var encrypted = 0L;
        MessageId? next = new MessageId(Guid.Empty);
        while (next is { } after)
        {
            (var count, next) = await texts.EncryptNextAsync(after, cancellationToken);
            encrypted += count;
            if (count > 0)
                report(encrypted);
        }

        return await texts.CountPlainAsync(cancellationToken);
    }

    /// <summary>Encrypts all keys of conversations and attachments under the active key of the ring.</summary>
    /// <param name="report">Called after each step with the number of keys that were encrypted again in all.</param>
    /// <returns>
    /// The number of keys that are still encrypted under another key: other transactions had locked them, servers with another active key
    /// have added them since, or they cannot be decrypted.
    /// </returns>
    /// <exception cref="InvalidOperationException">There are no keys.</exception>
    /// <exception cref="NpgsqlException">The database cannot be used.</exception>
    public static async Task<long> RenewKeysAsync(IServiceProvider services, Action<long> report, CancellationToken cancellationToken)
    {
        await using var database = CreateDataSource(services);
        var keys = new KeyRenewal(
            database,
            services.GetRequiredService<KeyRing>(),
            services.GetRequiredService<MessageEncryption>(),
            services.GetRequiredService<FileKeys>());
        if (!keys.HasKey)
            throw new InvalidOperationException("There are no keys. Set Encryption:KeyFile, or Encryption:Keys and Encryption:ActiveKey.");

        var renewed = 0L;
        await RepeatAsync(keys.RenewConversationKeysAsync);
        await RepeatAsync(keys.RenewAttachmentKeysAsync);

        return await keys.CountOtherAsync(cancellationToken);

        async Task RepeatAsync(Func<CancellationToken, Task<(int Renewed, bool IsDone)>> renewAsync)
        {
            while (await renewAsync(cancellationToken) is { IsDone: false, Renewed: var count })
            {
                renewed += count;
                if (count > 0)
                    report(renewed);
            }
        }
    }

    /// <summary>Connections as for migrations: without the time limits of requests, and not through a connection pooler.</summary>
    private static NpgsqlDataSource CreateDataSource(IServiceProvider services)
    {
        var connections = services.GetRequiredService<DatabaseConnections>();
        var target = new NpgsqlConnectionStringBuilder(connections.Migration ?? connections.Messaging) { CommandTimeout = 0 };

        return NpgsqlDataSource.Create(target);
    }
}
