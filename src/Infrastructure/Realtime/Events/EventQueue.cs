using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;

namespace CleanMessaging.Infrastructure.Realtime.Events;

/// <summary>The bounded queue of a lane. Presents its items in order and in batches, and coalesces those with the same key.</summary>
/// <param name="failed">Called when items could not be presented; later items are presented nevertheless.</param>
/// <param name="dropped">Called when the queue is full, with the item that does not fit.</param>
internal sealed class EventQueue(EventLane lane, EventPresenter presenter, Action<Exception, object> failed, Action<object> dropped)
{
    private readonly Channel<object> _items = Channel.CreateBounded<object>(
        new BoundedChannelOptions(lane.Capacity) { SingleReader = true });

    /// <summary>Presented items with the times at which their keys are released, in that order.</summary>
    private readonly Channel<(object Item, long At)> _presented = Channel.CreateUnbounded<(object Item, long At)>(
        new UnboundedChannelOptions { SingleReader = true });

    /// <summary>
    /// Keys with a queued or recent item. The value is what is presented next, which stands for all items since the last presentation; null
    /// if there was none.
    /// </summary>
    private readonly ConcurrentDictionary<Guid, object?> _next = new();
    private volatile bool _isStopping;

    public int Count => _items.Reader.Count;

    /// <summary>Queues an item, or drops it if the queue is full. Never waits, never throws.</summary>
    public void Add(object item)
    {
        if (lane.KeyOf(item) is not { } key)
        {
            Queue(item);
            return;
        }

        while (!_next.TryAdd(key, item))
        {
            // An item is queued, or was presented a moment ago and the key is about to be released. If another thread changes or removes
            // the entry at this moment, the loop tries again.
            if (_next.TryGetValue(key, out var next) && _next.TryUpdate(key, next is null ? item : lane.CombineItems(next, item), next))
                return;
        }

        Queue(item);
    }

    /// <summary>Presents items until <see cref="Complete"/> is called, and then those that are queued.</summary>
    public Task RunAsync() => Task.WhenAll(PresentAllAsync(), ReleaseKeysAsync());

    public void Complete()
    {
        _isStopping = true;
        _items.Writer.TryComplete();
        _presented.Writer.TryComplete();
    }

    private async Task PresentAllAsync()
    {
        while (await _items.Reader.WaitToReadAsync())
        {
            var began = Stopwatch.GetTimestamp();
            await PresentAsync(Next());
            var rest = lane.Interval - Stopwatch.GetElapsedTime(began);
            if (rest > TimeSpan.Zero && Count < lane.BatchMax && !_isStopping)
                await Task.Delay(rest);
        }
    }

    private List<object> Next()
    {
        var items = new List<object>();
        while (items.Count < lane.BatchMax && _items.Reader.TryRead(out var item))
        {
            var next = lane.KeyOf(item) is { } key ? TakeNext(key, item) : item;
            if (lane.HasConnections(next, presenter))
                items.Add(next);
            else
                ReleaseKey(next);
        }

        return items;
    }

    /// <summary>
    /// Returns the item that stands for all items of a key so far. An item that is added from here on causes another presentation.
    /// </summary>
    private object TakeNext(Guid key, object queued)
    {
        while (_next.GetValueOrDefault(key) is { } next)
        {
            if (_next.TryUpdate(key, null, next))
                return next;
        }

        return queued;
    }

    private async Task PresentAsync(List<object> items)
    {
        if (items.Count == 0)
            return;

        try
        {
            await lane.PresentAsync(items, presenter);
        }
        catch (Exception exception)
        {
            // Items whose presentation fails or is canceled must not stop the following ones.
            failed(exception, items[0]);
        }

        if (lane.CoalescingInterval == TimeSpan.Zero)
            return;

        var at = Stopwatch.GetTimestamp() + (long)(lane.CoalescingInterval.TotalSeconds * Stopwatch.Frequency);
        foreach (var item in items)
            _presented.Writer.TryWrite((item, at));
    }

    private async Task ReleaseKeysAsync()
    {
        await foreach (var (item, at) in _presented.Reader.ReadAllAsync())
        {
            var rest = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), at);
            if (rest > TimeSpan.Zero && !_isStopping)
                await Task.Delay(rest);

            ReleaseKey(item);
        }
    }

    /// <summary>Removes the key of a presented item, or queues the item again if there was a change since.</summary>
    private void ReleaseKey(object item)
    {
        if (lane.KeyOf(item) is { } key && !_next.TryRemove(KeyValuePair.Create(key, (object?)null)) && !_isStopping)
            Queue(item);
    }

    private void Queue(object item)
    {
        if (_items.Writer.TryWrite(item))
            return;

        if (lane.KeyOf(item) is { } key)
            _next.TryRemove(key, out _);
        dropped(item);
    }
}
