namespace CleanMessaging.Infrastructure.Realtime.Events;

/// <summary>
/// The queue in which items of one kind wait, and how they are presented to this server's connections. Items of a lane are presented in the
/// order of their arrival; lanes do not wait for each other.
/// </summary>
internal abstract class EventLane
{
    /// <summary>
    /// The name of the queue in the metrics; null for a lane whose items are presented at once, by the caller that publishes them.
    /// </summary>
    public required string? Name { get; init; }

    /// <summary>The maximum number of queued items; further ones are dropped, and clients resync.</summary>
    public int Capacity { get; init; } = 10_000;

    /// <summary>The maximum number of items that are presented in one call.</summary>
    public int BatchMax { get; init; } = 1;

    /// <summary>
    /// The shortest time between the beginnings of two batches, unless a whole batch is already queued when the previous one ends. The
    /// first item of an idle lane is presented at once.
    /// </summary>
    public TimeSpan Interval { get; init; }

    /// <summary>
    /// The shortest time between two presentations of items with the same coalescing key. Changes in between are presented once, at the
    /// end.
    /// </summary>
    public TimeSpan CoalescingInterval { get; init; }

    /// <summary>Returns the key by which items are coalesced; null if every item is presented.</summary>
    public abstract Guid? KeyOf(object item);

    /// <summary>Returns the item that stands for two items with the same key, of which none was presented yet.</summary>
    public abstract object CombineItems(object earlier, object later);

    /// <summary>Returns whether a connection of this server receives the item.</summary>
    public abstract bool HasConnections(object item, EventPresenter presenter);

    public abstract Task PresentAsync(IReadOnlyList<object> items, EventPresenter presenter);
}

/// <inheritdoc cref="EventLane"/>
internal sealed class EventLane<TItem>(Func<EventPresenter, IReadOnlyList<TItem>, Task> present) : EventLane
    where TItem : class
{
    public Func<TItem, Guid>? CoalescingKey { get; init; }

    /// <summary>Combines two items with the same key. Without it, the earlier one stands for both.</summary>
    public Func<TItem, TItem, TItem>? Combine { get; init; }

    /// <summary>Returns the users whose connections receive an item. Without it every item is presented.</summary>
    public Func<TItem, IEnumerable<Guid>>? UserIdsOf { get; init; }

    public override Guid? KeyOf(object item) => CoalescingKey?.Invoke((TItem)item);

    public override object CombineItems(object earlier, object later) => Combine?.Invoke((TItem)earlier, (TItem)later) ?? earlier;

    public override bool HasConnections(object item, EventPresenter presenter) =>
        UserIdsOf is null || presenter.HasConnections(UserIdsOf((TItem)item));

    public override Task PresentAsync(IReadOnlyList<object> items, EventPresenter presenter) =>
        present(presenter, [.. items.Cast<TItem>()]);

    /// <summary>Passes a kind of event to this lane.</summary>
    public (EventLane Lane, Func<TEvent, object> ItemOf) Of<TEvent>(Func<TEvent, TItem> itemOf) => (this, itemOf);
}
