using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Limits;

/// <summary>Bounds how many uploads and downloads of all callers run at the same time, because each needs memory for its bytes.</summary>
internal sealed class TransferLimit(IOptions<LimitOptions> options, LimitLog log) : IDisposable
{
    private readonly SemaphoreSlim _uploads = new(options.Value.UploadsAtOnce);
    private readonly SemaphoreSlim _downloads = new(options.Value.DownloadsAtOnce);

    /// <summary>Counts a request of a kind. Dispose the result when it has ended; null for a request that is not limited.</summary>
    /// <exception cref="RequestRejectedException"><c>server.busy</c></exception>
    public IDisposable? Enter(RequestKind? kind) => kind switch
    {
        RequestKind.Upload => Enter(_uploads, nameof(LimitOptions.UploadsAtOnce)),
        RequestKind.Download => Enter(_downloads, nameof(LimitOptions.DownloadsAtOnce)),
        _ => null,
    };

    public void Dispose()
    {
        _uploads.Dispose();
        _downloads.Dispose();
    }

    private Place Enter(SemaphoreSlim places, string limit)
    {
        if (places.Wait(TimeSpan.Zero))
            return new Place(places);

        log.Reached(limit, "all callers");
        throw new RequestRejectedException(LimitErrors.Busy());
    }

    private sealed class Place(SemaphoreSlim places) : IDisposable
    {
        public void Dispose() => places.Release();
    }
}
