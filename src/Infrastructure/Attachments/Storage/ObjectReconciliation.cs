using System.Runtime.CompilerServices;
using CleanMessaging.Application.Attachments;
using Npgsql;

namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>
/// Compares the storage with the database. Objects without a row exist only if an earlier backup of the database was restored: a row is
/// committed before its object is written, and is removed after its object.
/// </summary>
public sealed class ObjectReconciliation
{
    private const int BatchLength = 1000;

    private readonly IObjectStorage? _storage;
    private readonly NpgsqlDataSource _database;

    internal ObjectReconciliation(IObjectStorage? storage, NpgsqlDataSource database)
    {
        _storage = storage;
        _database = database;
    }

    /// <summary>Whether the server has a storage.</summary>
    public bool IsAvailable => _storage is not null;

    private IObjectStorage Storage => _storage ?? throw new InvalidOperationException("Attachments are off.");

    /// <summary>Returns every object of the storage, and whether it has a row. The order is that of the storage.</summary>
    /// <remarks>The server can serve at the same time: an object is listed before its row is searched.</remarks>
    /// <exception cref="AttachmentUnavailableException">The storage fails.</exception>
    public async IAsyncEnumerable<(Guid ObjectId, bool HasRow)> CompareAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var objects = Storage.ListAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        var batch = new List<Guid>(BatchLength);
        do
        {
            batch.Clear();
            while (batch.Count < BatchLength && await RunAsync(() => objects.MoveNextAsync().AsTask()))
                batch.Add(objects.Current);

            var described = await DescribedAsync(batch, cancellationToken);
            foreach (var objectId in batch)
                yield return (objectId, described.Contains(objectId));
        }
        while (batch.Count == BatchLength);
    }

    /// <exception cref="AttachmentUnavailableException">The storage fails.</exception>
    public Task DeleteAsync(Guid objectId, CancellationToken cancellationToken) => RunAsync(
        async () =>
        {
            await Storage.DeleteAsync(objectId, cancellationToken);

            return true;
        });

    private async Task<HashSet<Guid>> DescribedAsync(List<Guid> batch, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand("SELECT id FROM attachment_objects WHERE id = ANY ($1)");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. batch] });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var described = new HashSet<Guid>(batch.Count);
        while (await reader.ReadAsync(cancellationToken))
            described.Add(reader.GetGuid(0));

        return described;
    }

    private async Task<T> RunAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception exception) when (Storage.IsFailure(exception))
        {
            throw new AttachmentUnavailableException($"The storage of attachments cannot be used. {exception.Message}", exception);
        }
    }
}
