using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Limits;

/// <summary>
/// The global budget for bytes of answers that clients have not read yet, over HTTP and the hub. One caller may hold at most a quarter of what
/// the others leave at the moment, so the budget never runs out: with n callers that take all they can, 3/(n + 3) of it stays free.
/// </summary>
public sealed class ResponseBuffers(IOptions<LimitOptions> options)
{
    private const int ShareOfFree = 4;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _ofCaller = [];
    private readonly long _budget = options.Value.ResponseBufferBytes;
    private long _used;

    /// <summary>The bytes that are reserved now.</summary>
    public long Used
    {
        get
        {
            lock (_gate)
                return _used;
        }
    }

    /// <summary>Reserves bytes for an answer to a caller; false when the budget or the caller's share is used up.</summary>
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
