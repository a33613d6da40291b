using System.Runtime.CompilerServices;
using CleanMessaging.Application.Attachments;
using Npgsql;

namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>
/// Compares the storage with the database. Objects without a row exist only if an earlier backup of the database was restored: a row is
/// committed before its object is written, and is removed after its object. The exception is the object of <see cref="StorageCheck"/>, if
/// it could not be deleted.
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

    /// <summary>How long a call of the storage may take.</summary>
    internal TimeSpan Wait { get; init; } = StorageCallGuard.DefaultWait;

    /// <summary>Whether the server has a storage.</summary>
    public bool IsAvailable => _storage is not null;

    private IObjectStorage Storage => _storage ?? throw new InvalidOperationException("Attachments are off.");

    /// <summary>Returns every object of the storage, and whether it has a row. The order is that of the storage.</summary>
    /// <remarks>
    /// The server can serve at the same time: an object is listed before its row is searched. A file system that does not answer has no
    /// limit of time here, because its calls cannot be canceled; an operator can end the command.
    /// </remarks>
    /// <exception cref="AttachmentUnavailableException">The storage fails, or does not answer in time.</exception>
    public async IAsyncEnumerable<(Guid ObjectId, bool HasRow)> CompareAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var objects = Storage.ListAsync(limited.Token).GetAsyncEnumerator(limited.Token);
        var batch = new List<Guid>(BatchLength);
        do
        {
            batch.Clear();
            while (batch.Count < BatchLength && await RunAsync(_ => objects.MoveNextAsync().AsTask(), limited, cancellationToken))
                batch.Add(objects.Current);

            var described = await DescribedAsync(batch, cancellationToken);
            foreach (var objectId in batch)
                yield return (objectId, described.Contains(objectId));
        }
        while (batch.Count == BatchLength);
    }

    /// <exception cref="AttachmentUnavailableException">The storage fails, or does not answer in time.</exception>
    public async Task DeleteAsync(Guid objectId, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await RunAsync(
            async token =>
            {
                await Storage.DeleteAsync(objectId, token).WaitAsync(token);

                return true;
            },
            limited,
            cancellationToken);
    }

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

    /// <summary>Runs a call with a limit of time, after which its token is canceled.</summary>
    private async Task<T> RunAsync<T>(
        Func<CancellationToken, Task<T>> call, CancellationTokenSource limited, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        limited.CancelAfter(Wait);
        try
        {
            return await call(limited.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AttachmentUnavailableException("The storage of attachments did not answer in time.", exception);
        }
        catch (Exception exception) when (Storage.IsFailure(exception))
        {
            throw new AttachmentUnavailableException($"The storage of attachments cannot be used. {exception.Message}", exception);
        }
        finally
        {
            limited.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }
}
