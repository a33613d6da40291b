using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Limits;

/// <summary>
/// Logs that a caller has reached a limit, at most once a minute per limit and caller, so that a flood of requests does not flood the log.
/// </summary>
public sealed partial class LimitLog(ILogger<LimitLog> logger, TimeProvider clock)
{
    private const int CallersMax = 10_000;
    private static readonly TimeSpan _silence = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly RecentEntries<(string Limit, string Caller), LastLogged> _lastLogged = new(CallersMax, _silence);

    /// <param name="limit">The limit's name in the configuration.</param>
    /// <param name="caller">A user's id or an address.</param>
    public void Reached(string limit, string caller)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            var lastLogged = _lastLogged.Use((limit, caller), now);
            if (lastLogged.At is { } at && (now - at).Duration() < _silence)
                return;

            lastLogged.At = now;
        }

        Log.Reached(logger, limit, caller, Activity.Current?.TraceId.ToString() ?? "none");
    }

    private sealed class LastLogged
    {
        public DateTimeOffset? At { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Limits:{Limit} reached by {Caller}, trace {TraceId}; not logged again for it within a minute")]
        public static partial void Reached(ILogger logger, string limit, string caller, string traceId);
    }
}
