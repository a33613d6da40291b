using CleanMessaging.Infrastructure.Limits;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Bounds how many frames a hub connection, and all connections of a user, may send, with any content: calls, calls of unknown methods or
/// with arguments that do not bind, hub pings, WebSocket pings. HubCallLimit sees only calls that reach a method.
/// </summary>
internal sealed class HubFrameLimit(IOptions<LimitOptions> options, LimitLog log, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, UserFrames> _users = [];

    /// <summary>Starts counting a connection's frames; dispose the meter when the connection has ended.</summary>
    /// <param name="cut">Closes the connection; called once, when a limit is exceeded.</param>
    public FrameMeter Enter(string userId, Action cut)
    {
        lock (_gate)
        {
            if (!_users.TryGetValue(userId, out var user))
                _users[userId] = user = new UserFrames(options.Value, clock);

            user.Connections++;

            return new FrameMeter(
                this,
                userId,
                user.Bucket,
                new FrameBucket(options.Value.HubFrameBurst, options.Value.HubFramesPerSecond, clock),
                cut,
                clock);
        }
    }

    private void Exceeded(string limit, string userId) => log.Reached(limit, $"user {userId}");

    private void Leave(string userId)
    {
        lock (_gate)
        {
            if (--_users[userId].Connections == 0)
                _users.Remove(userId);
        }
    }

    private sealed class UserFrames(LimitOptions limits, TimeProvider clock)
    {
        public FrameBucket Bucket { get; } = new(limits.UserHubFrameBurst, limits.UserHubFramesPerSecond, clock);

        public int Connections { get; set; }
    }

    /// <summary>Counts the frames of one connection, and records the time of the last hub message.</summary>
    internal sealed class FrameMeter(
        HubFrameLimit limit, string userId, FrameBucket ofUser, FrameBucket ofConnection, Action cut, TimeProvider clock) : IDisposable
    {
        private long _lastMessageAt = clock.GetTimestamp();
        private int _isExceeded;

        public string UserId => userId;

        /// <summary>The time since the last hub message, or since the connection began.</summary>
        public TimeSpan Silence => clock.GetElapsedTime(Volatile.Read(ref _lastMessageAt));

        public void MessageReceived() => Volatile.Write(ref _lastMessageAt, clock.GetTimestamp());

        /// <summary>Counts frames. Returns false and closes the connection when there were too many.</summary>
        public bool Count(int frames)
        {
            if (frames == 0)
                return true;

            var exceeded = !ofConnection.TryTake(frames) ? nameof(LimitOptions.HubFrameBurst)
                : !ofUser.TryTake(frames) ? nameof(LimitOptions.UserHubFrameBurst)
                : null;
            if (exceeded is null)
                return true;

            if (Interlocked.Exchange(ref _isExceeded, 1) == 0)
            {
                limit.Exceeded(exceeded, userId);
                cut();
            }

            return false;
        }

        public void Dispose() => limit.Leave(userId);
    }

    /// <summary>A token bucket without a timer; an idle bucket costs only the memory of its fields.</summary>
    internal sealed class FrameBucket(int burst, int perSecond, TimeProvider clock)
    {
        private readonly Lock _gate = new();
        private double _tokens = burst;
        private long _at = clock.GetTimestamp();

        public bool TryTake(int count)
        {
            lock (_gate)
            {
                var now = clock.GetTimestamp();
                _tokens = Math.Min(burst, _tokens + (clock.GetElapsedTime(_at, now).TotalSeconds * perSecond));
                _at = now;
                if (_tokens < count)
                    return false;

                _tokens -= count;

                return true;
            }
        }
    }
}
