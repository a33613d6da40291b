using System.Linq.Expressions;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// The select list of a hand-written read. Each addition returns the ordinal of its column, so that no position is written twice.
/// </summary>
internal sealed class SelectList
{
    private readonly List<string> _terms = [];

    public int Count => _terms.Count;

    /// <summary>Adds a column or an expression; returns its ordinal.</summary>
    public int Add(string term)
    {
        _terms.Add(term);

        return _terms.Count - 1;
    }

    /// <summary>Adds the column of a property; returns its ordinal.</summary>
    /// <param name="row">The row in the statement, such as <c>(message)</c>.</param>
    public int Add<TRow, TValue>(string row, TableColumns<TRow> columns, Expression<Func<TRow, TValue>> property)
        where TRow : class => Add($"{row}.{columns.NameOf(property)}");

    /// <summary>Adds all columns of a table; returns the ordinal of the first one.</summary>
    /// <param name="row">The row in the statement, such as <c>(viewer)</c>.</param>
    public int Add<TRow>(string row, TableColumns<TRow> columns)
        where TRow : class
    {
        var first = Count;
        _terms.AddRange(columns.All.Select(column => $"{row}.{column.Name}"));

        return first;
    }

    /// <summary>Adds the columns of another list; returns the ordinal of the first one.</summary>
    public int Add(SelectList other)
    {
        var first = Count;
        _terms.AddRange(other._terms);

        return first;
    }

    /// <summary>Returns the columns as a SQL list.</summary>
    public override string ToString() => string.Join(", ", _terms);
}
