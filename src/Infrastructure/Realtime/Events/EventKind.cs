namespace CleanMessaging.Infrastructure.Realtime.Events;

/// <summary>How this server handles one kind of event.</summary>
/// <param name="Type">The type of the event.</param>
/// <param name="WireName">
/// The name by which other servers know the kind, independent of the name of the type; null if the event stays on its server.
/// </param>
/// <param name="LanesOf">Returns the lanes that present an event, with the item for each.</param>
internal sealed record EventKind(Type Type, string? WireName, Func<object, IReadOnlyList<(EventLane Lane, object Item)>> LanesOf)
{
    /// <summary>Names that earlier versions used for the kind; read, but no longer written.</summary>
    public IReadOnlyList<string> EarlierWireNames { get; init; } = [];

    public static EventKind Of<TEvent>(string? wireName, params Func<TEvent, (EventLane Lane, object Item)>[] lanes) =>
        new(typeof(TEvent), wireName, happened => Array.ConvertAll(lanes, lane => lane((TEvent)happened)));
}
