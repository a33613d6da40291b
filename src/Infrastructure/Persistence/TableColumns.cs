using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// The columns of a table, each declared once. The EF Core mapping, the statements of send batches, the copies in the send state cache and
/// the hand-written reads use this list. The first columns are the primary key.
/// </summary>
/// <param name="table">The name of the table.</param>
/// <param name="keyColumns">The number of columns of the primary key.</param>
internal sealed class TableColumns<TRow>(string table, int keyColumns = 1)
    where TRow : class
{
    private static readonly ConstructorInvoker _constructor = ConstructorInvoker.Create(
        typeof(TRow).GetConstructor(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, [])!);

    private readonly List<Column<TRow>> _columns = [];
    private readonly List<Column<TRow>> _inserted = [];
    private readonly List<Column<TRow>> _mutable = [];
    private readonly List<Column<TRow>> _queryOnly = [];

    public string Table { get; } = table;

    /// <summary>The columns that commands read.</summary>
    public IReadOnlyList<Column<TRow>> All => _columns;

    /// <summary>The columns that only queries read. A send neither compares nor writes them.</summary>
    public IReadOnlyList<Column<TRow>> QueryOnly => _queryOnly;

    /// <summary>The only column of the primary key.</summary>
    /// <exception cref="InvalidOperationException">The key has several columns.</exception>
    public Column<TRow> Key =>
        keyColumns == 1 ? _columns[0] : throw new InvalidOperationException($"The key of {Table} has {keyColumns} columns.");

    /// <summary>The columns that the statement of a send batch inserts; a new row has the default of every other column.</summary>
    public IReadOnlyList<Column<TRow>> Inserted => _inserted;

    /// <summary>The columns that can change after a row was inserted. Their values identify a version of the row.</summary>
    public IReadOnlyList<Column<TRow>> Mutable => _mutable;

    /// <summary>Adds the column of a property.</summary>
    public TableColumns<TRow> With<TValue>(Expression<Func<TRow, TValue>> property) => Add(ColumnOf(property));

    /// <summary>
    /// Adds columns that have their default in a new row and that only later changes set. The statement of a send batch omits them.
    /// </summary>
    public TableColumns<TRow> WithLaterColumns(Action<TableColumns<TRow>> add)
    {
        var inserted = _inserted.Count;
        add(this);
        _inserted.RemoveRange(inserted, _inserted.Count - inserted);

        return this;
    }

    /// <summary>
    /// Adds the column of a property that only queries read. Every command that writes it changes another mutable column too, which
    /// identifies the version of the row.
    /// </summary>
    public TableColumns<TRow> WithQueryOnly<TValue>(Expression<Func<TRow, TValue>> property)
    {
        _queryOnly.Add(ColumnOf(property));

        return this;
    }

    /// <summary>Adds the column of a property that is stored as another type.</summary>
    public TableColumns<TRow> With<TValue, TStored>(
        Expression<Func<TRow, TValue>> property, Expression<Func<TValue, TStored>> toStored, Expression<Func<TStored, TValue>> fromStored)
    {
        var info = PropertyOf(property);
        var (get, set, store, restore) = (GetterOf<TValue>(info), SetterOf<TValue>(info), toStored.Compile(), fromStored.Compile());

        return Add(new Column<TRow, TStored>(
            info,
            row => store(get(row)),
            (row, stored) => set(row, restore(stored)),
            builder => builder.Property<TValue>(info.Name).HasConversion(toStored, fromStored)));
    }

    /// <summary>Maps the columns with EF Core.</summary>
    public void MapTo(EntityTypeBuilder<TRow> builder, Action<TableBuilder<TRow>>? constraints = null)
    {
        builder.ToTable(Table, constraints ?? (_ => { }));
        builder.HasKey([.. _columns.Take(keyColumns).Select(column => column.Property.Name)]);
        if (keyColumns == 1)
            builder.Property(Key.Property.Name).ValueGeneratedNever();

        foreach (var column in _columns.Concat(_queryOnly))
            column.MapTo(builder);
    }

    /// <summary>Returns the name of the column of a property.</summary>
    public string NameOf<TValue>(Expression<Func<TRow, TValue>> property)
    {
        var info = PropertyOf(property);

        return _columns.Concat(_queryOnly).Single(column => column.Property == info).Name;
    }

    /// <summary>Returns the column names as a SQL list, each with an alias of the table.</summary>
    public string NamesOf(string alias) => string.Join(", ", _columns.Select(column => $"{alias}.{column.Name}"));

    /// <summary>Reads a row whose columns begin at an ordinal; returns null if there is none (an outer join).</summary>
    public TRow? Read(NpgsqlDataReader reader, int firstOrdinal)
    {
        if (reader.IsDBNull(firstOrdinal))
            return null;

        var row = New();
        for (var index = 0; index < _columns.Count; index++)
            _columns[index].Read(reader, firstOrdinal + index, row);

        return row;
    }

    /// <summary>Returns a copy of the stored values, without domain events and child entities.</summary>
    public TRow Copy(TRow row)
    {
        var copy = New();
        foreach (var column in _columns)
            column.Copy(row, copy);

        return copy;
    }

    /// <summary>Returns whether a stored value differs between two versions of a row.</summary>
    public bool HasChanged(TRow before, TRow after) => !_mutable.TrueForAll(column => column.HasEqualValue(before, after));

    private TableColumns<TRow> Add(Column<TRow> column)
    {
        _columns.Add(column);
        _inserted.Add(column);
        if (column.IsMutable)
            _mutable.Add(column);

        return this;
    }

    private static Column<TRow, TValue> ColumnOf<TValue>(Expression<Func<TRow, TValue>> property)
    {
        var info = PropertyOf(property);

        return new(info, GetterOf<TValue>(info), SetterOf<TValue>(info), builder => builder.Property<TValue>(info.Name));
    }

    private static TRow New() => (TRow)_constructor.Invoke();

    private static PropertyInfo PropertyOf(LambdaExpression property) => (PropertyInfo)((MemberExpression)property.Body).Member;

    private static Func<TRow, TValue> GetterOf<TValue>(PropertyInfo property) => property.GetMethod!.CreateDelegate<Func<TRow, TValue>>();

    private static Action<TRow, TValue> SetterOf<TValue>(PropertyInfo property) =>
        property.SetMethod!.CreateDelegate<Action<TRow, TValue>>();
}
