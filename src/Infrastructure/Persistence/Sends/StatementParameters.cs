using Npgsql;
using NpgsqlTypes;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

internal static class StatementParameters
{
    /// <summary>Returns a parameter with an array of uuids, one of each row.</summary>
    public static NpgsqlParameter<Guid?[]> Uuids<T>(IReadOnlyList<T> rows, Func<T, Guid?> value) =>
        new() { TypedValue = [.. rows.Select(value)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid };
}

/// <summary>The parameters of a statement, numbered in the order in which its text was built.</summary>
/// <typeparam name="TSource">What the values come from.</typeparam>
internal sealed class StatementParameters<TSource>
{
    private readonly List<Func<TSource, NpgsqlParameter>> _parameters = [];

    /// <summary>Adds a parameter; returns its placeholder for the text of the statement, such as <c>$1</c>.</summary>
    public string Add(Func<TSource, NpgsqlParameter> parameter)
    {
        _parameters.Add(parameter);

        return $"${_parameters.Count}";
    }

    /// <summary>Adds one array parameter for each column; returns the placeholders as a SQL list.</summary>
    public string Add<TRow>(IEnumerable<Column<TRow>> columns, Func<TSource, IReadOnlyList<TRow>> rows)
        where TRow : class =>
            string.Join(", ", columns.Select(column => Add(source => column.CreateArrayParameter(rows(source)))).ToList());

    /// <summary>Creates the parameters with their values.</summary>
    public void AddTo(NpgsqlParameterCollection target, TSource source)
    {
        foreach (var parameter in _parameters)
            target.Add(parameter(source));
    }
}
