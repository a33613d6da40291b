using System.Threading.RateLimiting;
using CleanMessaging.Infrastructure.Errors;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Limits;

/// <summary>The kind of a request or hub call, which determines the concurrency limit that applies.</summary>
public enum RequestKind
{
    /// <summary>Every request that is not of another kind.</summary>
    Ordinary,

    /// <summary>A send: it has a small response, and the storage batches it with other sends.</summary>
    Send,

    /// <summary>A synchronization or a hub <c>Join</c>: the most expensive reads.</summary>
    Sync,

    /// <summary>A search for users, or a list of them: the only read whose cost depends on what other users have stored.</summary>
    UserSearch,

    /// <summary>A search for messages, which reads more of them than any other request.</summary>
    MessageSearch,

    /// <summary>A part of an upload, which takes as long as the client needs to send it.</summary>
    Upload,

    /// <summary>The completion of an upload: its content is inspected, and an image needs a core of the server.</summary>
    Inspection,

    /// <summary>A download of an attachment, which takes as long as the client needs to read it.</summary>
    Download,

    /// <summary>A request without a valid access token; the caller is an address.</summary>
    Anonymous,
}

/// <summary>
/// Bounds how many requests of one caller run at the same time, including the writing of their responses. Further requests wait in order,
/// bounded in number and time: a client that sends 200 quick requests at once gets all of its responses.
/// </summary>
public sealed class RequestConcurrency : IDisposable
{
    private readonly LimitOptions _options;
    private readonly LimitLog _log;
    private readonly PartitionedRateLimiter<(RequestKind Kind, string Caller)> _places;

    public RequestConcurrency(IOptions<LimitOptions> options, LimitLog log)
    {
        (_options, _log) = (options.Value, log);
        _places = PartitionedRateLimiter.Create<(RequestKind Kind, string Caller), (RequestKind Kind, string Caller)>(
            key => RateLimitPartition.GetConcurrencyLimiter(key, PlacesOf));
    }

    /// <summary>Waits for a slot; dispose the lease to return it.</summary>
    /// <param name="caller">A user's id, or an address for <see cref="RequestKind.Anonymous"/>.</param>
    /// <exception cref="RequestRejectedException">
    /// <c>rate_limit.concurrency</c>: too many requests wait, or the wait was too long.
    /// </exception>
    public ValueTask<RateLimitLease> EnterAsync(RequestKind kind, string caller, CancellationToken cancellationToken)
    {
        var lease = _places.AttemptAcquire((kind, caller));

        return lease.IsAcquired ? ValueTask.FromResult(lease) : WaitAsync(kind, caller, cancellationToken);
    }

    public void Dispose() => _places.Dispose();

    private async ValueTask<RateLimitLease> WaitAsync(RequestKind kind, string caller, CancellationToken cancellationToken)
    {
        using var waitLimit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        waitLimit.CancelAfter(_options.RequestWait);
        try
        {
            var lease = await _places.AcquireAsync((kind, caller), 1, waitLimit.Token);
            if (lease.IsAcquired)
                return lease;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The wait was too long.
        }

        _log.Reached(NameOf(kind), kind == RequestKind.Anonymous ? $"address {caller}" : $"user {caller}");
        throw new RequestRejectedException(LimitErrors.TooManyAtOnce());
    }

    private ConcurrencyLimiterOptions PlacesOf((RequestKind Kind, string Caller) key) => new()
    {
        PermitLimit = key.Kind switch
        {
            RequestKind.Send => _options.UserSendsAtOnce,
            RequestKind.Sync => _options.UserSyncsAtOnce,
            RequestKind.UserSearch => _options.UserSearchesAtOnce,
            RequestKind.MessageSearch => _options.UserMessageSearchesAtOnce,
            RequestKind.Upload => _options.UserUploadsAtOnce,
            RequestKind.Inspection => _options.UserInspectionsAtOnce,
            RequestKind.Download => _options.UserDownloadsAtOnce,
            RequestKind.Anonymous => _options.AddressRequestsAtOnce,
            _ => _options.UserRequestsAtOnce,
        },
        QueueLimit = _options.RequestsWaiting,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    };

    private static string NameOf(RequestKind kind) => kind switch
    {
        RequestKind.Send => nameof(LimitOptions.UserSendsAtOnce),
        RequestKind.Sync => nameof(LimitOptions.UserSyncsAtOnce),
        RequestKind.UserSearch => nameof(LimitOptions.UserSearchesAtOnce),
        RequestKind.MessageSearch => nameof(LimitOptions.UserMessageSearchesAtOnce),
        RequestKind.Upload => nameof(LimitOptions.UserUploadsAtOnce),
        RequestKind.Inspection => nameof(LimitOptions.UserInspectionsAtOnce),
        RequestKind.Download => nameof(LimitOptions.UserDownloadsAtOnce),
        RequestKind.Anonymous => nameof(LimitOptions.AddressRequestsAtOnce),
        _ => nameof(LimitOptions.UserRequestsAtOnce),
    };
}
