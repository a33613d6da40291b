using System.Diagnostics;
using System.Globalization;
using CleanMessaging.PrivatePostgres;
using Npgsql;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>Measures PostgreSQL without a server: pgbench runs the product's statements, one send per commit.</summary>
internal static class Ceiling
{
    private const int Pairs = 1_000;
    private const int Connections = 8;

    /// <param name="scripts">The folder that contains the pgbench scripts.</param>
    public static async Task RunAsync(Scene scene, string scripts, Plan plan)
    {
        var connectionString = await scene.CreateDatabaseAsync();
        var pairs = await Seed.PairsAsync(connectionString, Pairs, Seed.Free);
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using (var fill = database.CreateCommand(
            """
            CREATE TABLE benchmark_pairs (n integer PRIMARY KEY, conversation_id uuid NOT NULL, investor_id uuid NOT NULL);
            INSERT INTO benchmark_pairs SELECT n, c, i FROM unnest($1, $2) WITH ORDINALITY AS pair(c, i, n)
            """.Replace("$1", Literal(pairs.Select(pair => pair.ConversationId)), StringComparison.Ordinal)
               .Replace("$2", Literal(pairs.Select(pair => pair.InvestorId)), StringComparison.Ordinal)))
        {
            await fill.ExecuteNonQueryAsync();
        }

        await Scene.SettleAsync(connectionString);
        var binaries = await PostgresBinaries.FindAsync(CancellationToken.None);
        var table = new Table($"free sends by pgbench, {Connections} connections, no server around them", "sends/s", "PostgreSQL us");
        for (var round = 0; round < plan.Rounds; round++)
        {
            foreach (var script in (string[])["batch", "product"])
            {
                var began = CpuMeter.OfFamily(scene.Postmaster);
                var (perSecond, count) = await BenchAsync(binaries, connectionString, Path.Combine(scripts, $"{script}.sql"), plan.Time);
                table.Add(script, perSecond, (CpuMeter.OfFamily(scene.Postmaster) - began).TotalMicroseconds / count);
            }
        }

        table.Print("batch");
    }

    private static async Task<(double PerSecond, long Count)> BenchAsync(
        PostgresBinaries binaries, string connectionString, string script, TimeSpan time)
    {
        var to = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo(Path.Combine(binaries.Folder, "pgbench"))
        {
            ArgumentList =
            {
                "--no-vacuum", "--protocol=prepared", $"--client={Connections}", "--jobs=2", $"--define=pairs={Pairs}", $"--file={script}",
                $"--time={(int)Math.Ceiling(time.TotalSeconds)}", to.Database!,
            },
            RedirectStandardOutput = true,
        };
        start.Environment["PGHOST"] = to.Host;
        start.Environment["PGPORT"] = to.Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["PGUSER"] = to.Username;
        start.Environment["PGPASSWORD"] = to.Password;
        using var process = Process.Start(start) ?? throw new InvalidOperationException("pgbench does not start.");
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"pgbench has ended with {process.ExitCode}.");

        return (NumberAfter("tps = ", text), (long)NumberAfter("actually processed: ", text));
    }

    private static double NumberAfter(string label, string text)
    {
        var rest = text[(text.IndexOf(label, StringComparison.Ordinal) + label.Length)..];

        return double.Parse(
            string.Concat(rest.TakeWhile(character => char.IsDigit(character) || character == '.')), CultureInfo.InvariantCulture);
    }

    private static string Literal(IEnumerable<Guid> ids) => $"'{{{string.Join(',', ids)}}}'::uuid[]";
}
