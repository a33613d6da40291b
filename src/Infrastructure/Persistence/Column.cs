using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql;
using NpgsqlTypes;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>A column of a table, and the property of <typeparamref name="TRow"/> that has its value.</summary>
internal abstract class Column<TRow>(PropertyInfo property)
    where TRow : class
{
    /// <summary>The name of the column: the name of the property in snake case.</summary>
    public string Name { get; } = SnakeCaseOf(property.Name);

    public PropertyInfo Property { get; } = property;

    /// <summary>Whether the aggregate can change the value of an inserted row: the property has a setter that is not init-only.</summary>
    public bool IsMutable { get; } =
        !property.SetMethod!.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    /// <summary>Whether the type of the column allows null.</summary>
    public abstract bool IsNullable { get; }

    /// <summary>Maps the property to the column.</summary>
    public abstract void MapTo(EntityTypeBuilder<TRow> builder);

    /// <summary>Sets the property to the value of a column of the reader's current row.</summary>
    public abstract void Read(NpgsqlDataReader reader, int ordinal, TRow row);

    /// <summary>Returns the values of all rows as an array parameter.</summary>
    public abstract NpgsqlParameter CreateArrayParameter(IReadOnlyList<TRow> rows);

    public abstract void Copy(TRow source, TRow target);

    public abstract bool HasEqualValue(TRow one, TRow other);

    private static string SnakeCaseOf(string name) => string.Concat(
        name.Select((character, index) => (char.IsUpper(character) && index > 0 ? "_" : "") + char.ToLowerInvariant(character)));
}

/// <inheritdoc cref="Column{TRow}"/>
/// <param name="get">Returns the value to store.</param>
/// <param name="set">Sets the property to a stored value.</param>
/// <param name="map">Maps the property with EF Core.</param>
internal sealed class Column<TRow, TStored>(
    PropertyInfo property, Func<TRow, TStored> get, Action<TRow, TStored> set, Action<EntityTypeBuilder<TRow>> map) : Column<TRow>(property)
    where TRow : class
{
    private static readonly NpgsqlDbType _type = TypeOf(Nullable.GetUnderlyingType(typeof(TStored)) ?? typeof(TStored));

    public override bool IsNullable => default(TStored) is null;

    public override void MapTo(EntityTypeBuilder<TRow> builder) => map(builder);

    public override void Read(NpgsqlDataReader reader, int ordinal, TRow row)
    {
        if (!IsNullable || !reader.IsDBNull(ordinal))
            set(row, reader.GetFieldValue<TStored>(ordinal));
    }

    public override NpgsqlParameter CreateArrayParameter(IReadOnlyList<TRow> rows)
    {
        var values = new TStored[rows.Count];
        for (var index = 0; index < values.Length; index++)
            values[index] = get(rows[index]);

        return new NpgsqlParameter<TStored[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | _type };
    }

    public override void Copy(TRow source, TRow target) => set(target, get(source));

    public override bool HasEqualValue(TRow one, TRow other) => EqualityComparer<TStored>.Default.Equals(get(one), get(other));

    private static NpgsqlDbType TypeOf(Type type) => type switch
    {
        _ when type == typeof(Guid) => NpgsqlDbType.Uuid,
        _ when type == typeof(short) => NpgsqlDbType.Smallint,
        _ when type == typeof(short[]) => NpgsqlDbType.Array | NpgsqlDbType.Smallint,
        _ when type == typeof(int) => NpgsqlDbType.Integer,
        _ when type == typeof(long) => NpgsqlDbType.Bigint,
        _ when type == typeof(bool) => NpgsqlDbType.Boolean,
        _ when type == typeof(string) => NpgsqlDbType.Text,
        _ when type == typeof(byte[]) => NpgsqlDbType.Bytea,
        _ when type == typeof(DateOnly) => NpgsqlDbType.Date,
        _ when type == typeof(DateTimeOffset) => NpgsqlDbType.TimestampTz,
        _ => throw new NotSupportedException($"Columns of type {type.Name} are not supported."),
    };
}
