using System.Net;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Limits;

/// <summary>
/// Bounds how many uploads and downloads run at the same time, because each needs memory for its bytes: of all callers, and of one address,
/// so that several accounts of one address leave some for others.
/// </summary>
internal sealed class TransferLimit(IOptions<LimitOptions> options, LimitLog log)
{
    private readonly Limiter _uploads = new(
        options.Value.UploadsAtOnce,
        new AddressCounts(options.Value.UploadsOfAddress(), options.Value.UploadsOfSite()),
        new LimitNames(nameof(LimitOptions.UploadsAtOnce), nameof(LimitOptions.UploadsPerAddress), nameof(LimitOptions.UploadsPerSite)),
        log);

    private readonly Limiter _downloads = new(
        options.Value.DownloadsAtOnce,
        new AddressCounts(options.Value.DownloadsOfAddress(), options.Value.DownloadsOfSite()),
        new LimitNames(
            nameof(LimitOptions.DownloadsAtOnce), nameof(LimitOptions.DownloadsPerAddress), nameof(LimitOptions.DownloadsPerSite)),
        log);

    /// <summary>Counts a request of a kind. Dispose the result when it has ended; null for a request that is not limited.</summary>
    /// <param name="address">The address of the client.</param>
    /// <exception cref="RequestRejectedException"><c>server.busy</c>, <c>rate_limit.concurrency</c> (of the address)</exception>
    public IDisposable? Enter(RequestKind? kind, IPAddress address) => kind switch
    {
        RequestKind.Upload => _uploads.Enter(address),
        RequestKind.Download => _downloads.Enter(address),
        _ => null,
    };

    /// <summary>The names of the settings of uploads or downloads.</summary>
    private sealed record LimitNames(string All, string Address, string Site);

    private sealed class Limiter(int max, AddressCounts addresses, LimitNames names, LimitLog log)
    {
        private readonly Lock _gate = new();
        private int _all;

        public IDisposable Enter(IPAddress address)
        {
            lock (_gate)
            {
                if (_all >= max)
                    throw Rejection(names.All, "all callers", LimitErrors.Busy());

                switch (addresses.TryEnter(address))
                {
                    case AddressCounts.Outcome.TooManyOfAddress:
                        throw Rejection(names.Address, $"address {address}", LimitErrors.TooManyAtOnce());
                    case AddressCounts.Outcome.TooManyOfSite:
                        throw Rejection(names.Site, $"address {address}", LimitErrors.TooManyAtOnce());
                }

                _all++;
            }

            return new Lease(this, address);
        }

        private void Leave(IPAddress address)
        {
            lock (_gate)
            {
                _all--;
                addresses.Leave(address);
            }
        }

        private RequestRejectedException Rejection(string limit, string caller, ApiProblem problem)
        {
            log.Reached(limit, caller);

            return new RequestRejectedException(problem);
        }

        private sealed class Lease(Limiter limiter, IPAddress address) : IDisposable
        {
            public void Dispose() => limiter.Leave(address);
        }
    }
}
