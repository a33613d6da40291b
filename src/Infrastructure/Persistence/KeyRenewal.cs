using System.Security.Cryptography;
using System.Text;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Attachments.Storage;
using CleanMessaging.Infrastructure.Encryption;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Encrypts the keys of conversations and attachments under the active key of the ring, some at a time and while servers run, so that an
/// earlier key of the ring can be removed. Texts and files do not change. A run that ends early can be repeated: it finds what is left.
/// </summary>
/// <param name="dataSource">Connections without the time limits of requests.</param>
internal sealed class KeyRenewal(NpgsqlDataSource dataSource, KeyRing ring, MessageEncryption messages, FileKeys files)
{
    /// <summary>The number of keys of a step.</summary>
    private const int StepLength = 500;

    /// <summary>The owners of keys that cannot be decrypted, which are passed over.</summary>
    private readonly HashSet<Guid> _unreadable = [];

    public bool HasKey => ring.ActiveKeyId is not null;

    /// <summary>Renews keys of conversations, as many as a step has.</summary>
    /// <returns>The number of renewed keys, and whether there were no more: all others cannot be decrypted, or are locked.</returns>
    public Task<(int Renewed, bool IsDone)> RenewConversationKeysAsync(CancellationToken cancellationToken) =>
        RenewAsync("conversation_keys", "conversation_id", (id, key) => messages.EncryptKeyAgain(id, key), cancellationToken);

    /// <summary>Renews keys of attachments, as many as a step has.</summary>
    /// <inheritdoc cref="RenewConversationKeysAsync" path="/returns"/>
    public Task<(int Renewed, bool IsDone)> RenewAttachmentKeysAsync(CancellationToken cancellationToken) =>
        RenewAsync("attachments", "id", (id, key) => files.EncryptAgain(new AttachmentId(id), key), cancellationToken);

    /// <summary>Returns the number of keys that are not encrypted under the active key.</summary>
    public async Task<long> CountOtherAsync(CancellationToken cancellationToken)
    {
        await using var count = dataSource.CreateCommand(
            $"""
            SELECT (SELECT count(*) FROM conversation_keys WHERE {Other("$1")}) + (SELECT count(*) FROM attachments WHERE {Other("$1")})
            """);
        count.Parameters.Add(ActiveKeyId());

        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task<(int Renewed, bool IsDone)> RenewAsync(
        string table, string id, Func<Guid, byte[], byte[]> encryptAgain, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var find = new ReadStatement(
            $"SELECT {id}, encrypted_key FROM {table} WHERE {Other("$1")} AND {id} <> ALL ($3) LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED",
            ActiveKeyId(),
            Parameter.Of(StepLength),
            Parameter.Of(_unreadable.ToArray()));
        await using var load = find.CreateCommand(connection);
        var found = await load.ReadAllAsync(row => (Id: row.GetGuid(0), Key: row.GetFieldValue<byte[]>(1)), cancellationToken);
        var keys = new List<(Guid Id, byte[] Key)>();
        foreach (var (ownerId, key) in found)
        {
            try
            {
                keys.Add((ownerId, encryptAgain(ownerId, key)));
            }
            catch (Exception exception) when (exception is KeyNotFoundException or CryptographicException)
            {
                _unreadable.Add(ownerId);
            }
        }

        var change = new ReadStatement(
            $"UPDATE {table} SET encrypted_key = new.encrypted_key FROM unnest($1, $2) AS new(id, encrypted_key) WHERE {table}.{id} = new.id",
            Parameter.Of(keys.Select(key => key.Id).ToArray()),
            Parameter.Of(keys.Select(key => key.Key).ToArray()));
        await using var store = change.CreateCommand(connection);
        await store.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        return (keys.Count, found.Count == 0);
    }

    /// <summary>The condition that the indexes on the id of the key serve; a comparison with <c>&lt;&gt;</c> would read all rows.</summary>
    private static string Other(string keyId) =>
        $"({KeyEncryption.KeyIdInSql} < {keyId} OR {KeyEncryption.KeyIdInSql} > {keyId})";

    private NpgsqlParameter ActiveKeyId() => Parameter.Of(Encoding.ASCII.GetBytes(ring.ActiveKeyId!));
}
