using System.Runtime.CompilerServices;
using CleanMessaging.Infrastructure.Attachments.Storage;

namespace CleanMessaging.Api.Tests.Attachments.Storage;

/// <summary>A storage whose operations a test makes fail or wait.</summary>
internal sealed class FaultyStorage(IObjectStorage inner) : IObjectStorage
{
    /// <summary>Runs before an object is opened.</summary>
    public Func<CancellationToken, Task> Opening { get; init; } = _ => Task.CompletedTask;

    /// <summary>Runs before the first object is listed.</summary>
    public Func<CancellationToken, Task> Listing { get; init; } = _ => Task.CompletedTask;

    public Task<UnfinishedFile> CreateFileAsync(Guid objectId) => inner.CreateFileAsync(objectId);

    public Task PutAsync(Guid objectId, UnfinishedFile file, CancellationToken cancellationToken) =>
        inner.PutAsync(objectId, file, cancellationToken);

    public async Task<Stream?> OpenAsync(Guid objectId, long offset, long length, CancellationToken cancellationToken)
    {
        await Opening(cancellationToken);

        return await inner.OpenAsync(objectId, offset, length, cancellationToken);
    }

    public Task DeleteAsync(Guid objectId, CancellationToken cancellationToken) => inner.DeleteAsync(objectId, cancellationToken);

    public async IAsyncEnumerable<Guid> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Listing(cancellationToken);
        await foreach (var objectId in inner.ListAsync(cancellationToken))
            yield return objectId;
    }

    public bool IsFailure(Exception exception) => inner.IsFailure(exception);
}
