using System.Globalization;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>Collects the figures of several rounds and prints their medians as a Markdown table.</summary>
internal sealed class Table(string title, params string[] columns)
{
    private readonly List<(string Candidate, double[] Values)> _rows = [];

    public void Add(string candidate, params double[] values) => _rows.Add((candidate, values));

    /// <summary>Returns the median of a candidate's column.</summary>
    public double Median(string candidate, int column)
    {
        var values = _rows.Where(row => row.Candidate == candidate).Select(row => row.Values[column]).Order().ToList();

        return values.Count % 2 == 1 ? values[values.Count / 2] : (values[(values.Count / 2) - 1] + values[values.Count / 2]) / 2;
    }

    /// <param name="against">The candidate that the others are compared with; null for none.</param>
    public void Print(string? against = null)
    {
        Console.WriteLine(
            $"\n**{title}** (medians of {_rows.GroupBy(row => row.Candidate).Max(rows => rows.Count())} interleaved rounds)\n");
        Console.WriteLine($"| | {string.Join(" | ", columns)} |");
        Console.WriteLine($"| --- |{string.Concat(columns.Select(_ => " ---: |"))}");
        foreach (var candidate in _rows.Select(row => row.Candidate).Distinct())
            Console.WriteLine($"| {candidate} | {string.Join(" | ", columns.Select((_, column) => Format(Median(candidate, column))))} |");

        foreach (var candidate in _rows.Select(row => row.Candidate).Distinct().Where(name => against is not null && name != against))
            Console.WriteLine($"| {candidate} / {against} | {string.Join(" | ", columns.Select((_, column) => Format(Median(candidate, column) / Median(against!, column))))} |");
    }

    private static string Format(double value) => double.IsNaN(value)
        ? "–"
        : value.ToString(Math.Abs(value) switch { >= 100 => "#,##0", >= 10 => "0.0", _ => "0.00" }, CultureInfo.InvariantCulture);
}
