using System.Globalization;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>Which parts of the benchmark run, how often and for how long.</summary>
/// <param name="Only">Names of parts; all when empty.</param>
internal sealed record Plan(int Rounds, TimeSpan WarmUp, TimeSpan Time, IReadOnlyList<string> Only)
{
    public static Plan Read(string[] arguments)
    {
        var rounds = 3;
        var seconds = 8.0;
        var only = new List<string>();
        foreach (var argument in arguments)
        {
            if (argument.StartsWith("--rounds=", StringComparison.Ordinal))
                rounds = int.Parse(argument["--rounds=".Length..], CultureInfo.InvariantCulture);
            else if (argument.StartsWith("--seconds=", StringComparison.Ordinal))
                seconds = double.Parse(argument["--seconds=".Length..], CultureInfo.InvariantCulture);
            else if (!argument.StartsWith("--", StringComparison.Ordinal))
                only.Add(argument);
        }

        return new Plan(rounds, TimeSpan.FromSeconds(Math.Max(2, seconds)), TimeSpan.FromSeconds(seconds), only);
    }

    /// <summary>Returns the candidates in the order of a round: reversed in every second one, so that none always runs after the same other.</summary>
    public static IEnumerable<T> OrderOf<T>(IReadOnlyList<T> candidates, int round) => round % 2 == 0 ? candidates : candidates.Reverse();

    public bool Wants(string name) => Only.Count == 0 || Only.Contains(name);
}
