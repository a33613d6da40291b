namespace CleanMessaging.Infrastructure.Realtime.Events;

/// <summary>How this server handles one kind of event.</summary>
/// <param name="Type">The type of the event.</param>
/// <param name="WireName">
/// The name by which other servers know the kind, independent of the name of the type; null if the event stays on its server.
/// </param>
/// <param name="Lanes">The lanes that present an event, each with the function that returns its item for an event.</param>
internal sealed record EventKind(Type Type, string? WireName, IReadOnlyList<(EventLane Lane, Func<object, object> ItemOf)> Lanes)
{
    /// <summary>Names that earlier versions used for the kind; read, but no longer written.</summary>
    public IReadOnlyList<string> EarlierWireNames { get; init; } = [];

    public static EventKind Of<TEvent>(string? wireName, params (EventLane Lane, Func<TEvent, object> ItemOf)[] lanes) => new(
        typeof(TEvent),
        wireName,
        Array.ConvertAll(lanes, lane => (lane.Lane, new Func<object, object>(@event => lane.ItemOf((TEvent)@event)))));
}
