using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Limits;

/// <summary>
/// The global budget for response bytes that clients have not read yet, over HTTP and the hub. One caller may hold at most a quarter of
/// what the other callers leave, so the budget never runs out: with n callers that use their full share, 3/(n + 3) of it stays free.
/// </summary>
public sealed class ResponseBuffers(IOptions<LimitOptions> options)
{
    private const int ShareOfFree = 4;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _ofCaller = [];
    private readonly long _budget = options.Value.ResponseBufferBytes;
    private long _used;

    /// <summary>The number of bytes that are currently reserved.</summary>
    public long Used
    {
        get
        {
            lock (_gate)
                return _used;
        }
    }

    /// <summary>Reserves bytes for a response to a caller. Returns false when the budget or the caller's share is used up.</summary>
    /// <param name="caller">A user's id or an address.</param>
    public bool TryReserve(string caller, long bytes)
    {
        lock (_gate)
        {
            var own = _ofCaller.GetValueOrDefault(caller);
            if (own + bytes > (_budget - _used + own) / ShareOfFree)
                return false;

            _ofCaller[caller] = own + bytes;
            _used += bytes;

            return true;
        }
    }

    public void Release(string caller, long bytes)
    {
        if (bytes == 0)
            return;

        lock (_gate)
        {
            _used -= bytes;
            if (_ofCaller[caller] == bytes)
                _ofCaller.Remove(caller);
            else
                _ofCaller[caller] -= bytes;
        }
    }
}
