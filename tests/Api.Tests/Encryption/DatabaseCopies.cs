using System.Diagnostics;
using CleanMessaging.PrivatePostgres;
using Npgsql;

namespace CleanMessaging.Api.Tests.Encryption;

/// <summary>Dumps and files of databases, and the search for texts in them.</summary>
internal static class DatabaseCopies
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Returns 64 random letters, so that no piece of them is anywhere else.</summary>
    public static string RandomText() =>
        string.Concat(Enumerable.Range(0, 64).Select(_ => (char)('a' + System.Security.Cryptography.RandomNumberGenerator.GetInt32(26))));

    /// <summary>Whether there is a piece of 8 bytes of a text.</summary>
    public static bool Contains(byte[] bytes, string text) =>
        Enumerable.Range(0, text.Length / 8).Any(piece => bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(text.Substring(piece * 8, 8))) >= 0);

    public static IEnumerable<byte[]> FilesOf(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            byte[]? bytes = null;
            try
            {
                bytes = File.ReadAllBytes(file);
            }
            catch (IOException)
            {
                // PostgreSQL has removed it since.
            }

            if (bytes is not null)
                yield return bytes;
        }
    }

    public static async Task<byte[]> DumpAsync(string connectionString, params string[] options)
    {
        using var dump = await StartAsync("pg_dump", connectionString, options);
        using var output = new MemoryStream();
        await dump.StandardOutput.BaseStream.CopyToAsync(output, Token);
        await dump.WaitForExitAsync(Token);
        dump.ExitCode.ShouldBe(0);

        return output.ToArray();
    }

    public static async Task RestoreAsync(string connectionString, byte[] dump)
    {
        using var restore = await StartAsync("psql", connectionString, ["--quiet", "--set=ON_ERROR_STOP=1", "--file=-", "--output=/dev/null"]);
        var reading = restore.StandardOutput.ReadToEndAsync(Token);
        await restore.StandardInput.BaseStream.WriteAsync(dump, Token);
        restore.StandardInput.Close();
        await reading;
        await restore.WaitForExitAsync(Token);
        restore.ExitCode.ShouldBe(0);
    }

    public static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    private static async Task<Process> StartAsync(string program, string connectionString, string[] options)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString);
        var programs = await PostgresBinaries.FindAsync(Token);
        var start = new ProcessStartInfo(Path.Combine(programs.Folder, program), options)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["PGHOST"] = target.Host;
        start.Environment["PGPORT"] = target.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        start.Environment["PGDATABASE"] = target.Database;
        start.Environment["PGUSER"] = target.Username;
        start.Environment["PGPASSWORD"] = target.Password;

        return Process.Start(start)!;
    }
}
