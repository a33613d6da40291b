namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>Stores objects, which never change, under their ids. It does not know what they contain.</summary>
/// <remarks>A failure for which <see cref="IsFailure"/> is true means that the storage cannot be used at the moment.</remarks>
internal interface IObjectStorage
{
    /// <summary>Creates an empty file, in which the content of an object is prepared.</summary>
    Task<UnfinishedFile> CreateFileAsync(Guid objectId);

    /// <summary>Stores the content of a file. Returns when the object survives a power failure.</summary>
    Task PutAsync(Guid objectId, UnfinishedFile file, CancellationToken cancellationToken);

    /// <summary>
    /// Opens a part of an object. The stream ends early if the object is shorter. Returns null if there is no object. If the object ends
    /// before the offset, the result is null or an empty stream.
    /// </summary>
    Task<Stream?> OpenAsync(Guid objectId, long offset, long length, CancellationToken cancellationToken);

    /// <summary>Deletes an object. Succeeds if there is none.</summary>
    Task DeleteAsync(Guid objectId, CancellationToken cancellationToken);

    /// <summary>Lists the ids of all objects, in any order.</summary>
    IAsyncEnumerable<Guid> ListAsync(CancellationToken cancellationToken);

    /// <summary>Returns whether an exception of a method or of an opened stream is a failure of the storage.</summary>
    bool IsFailure(Exception exception);
}
