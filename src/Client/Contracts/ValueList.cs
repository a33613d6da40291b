namespace CleanMessaging.Client;

/// <summary>A list that is equal to another one with equal items, so that two records with such lists can be compared.</summary>
/// <param name="items">Null for an empty list, as the source generator sets for a missing member.</param>
internal readonly struct ValueList<T>(IReadOnlyList<T>? items) : IEquatable<ValueList<T>>
{
    private readonly IReadOnlyList<T>? _items = items;

    public IReadOnlyList<T> Items => _items ?? [];

    public bool Equals(ValueList<T> other) => ReferenceEquals(_items, other._items) || Items.SequenceEqual(other.Items);

    public override bool Equals(object? obj) => obj is ValueList<T> other && Equals(other);

    public override int GetHashCode() => Items.Count;
}
