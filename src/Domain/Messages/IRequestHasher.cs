namespace CleanMessaging.Domain.Messages;

/// <summary>
/// Computes keyed hashes of send requests. A repeated send is compared with such a hash when the text that was sent is no longer stored.
/// The keys are not in the database: without them, a copy of the database does not allow anyone to try out texts.
/// </summary>
public interface IRequestHasher
{
    /// <summary>Returns the hash under the active key, followed by the id of that key; null if there are no keys.</summary>
    byte[]? Hash(ReadOnlySpan<byte> request);

    /// <summary>
    /// Returns whether a hash is that of a request, in a time that does not depend on the hashes; null if the key is no longer known.
    /// </summary>
    bool? Matches(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> request);
}
