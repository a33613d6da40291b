using System.ComponentModel;
using System.Diagnostics;

namespace CleanMessaging.PrivatePostgres;

internal sealed record ToolResult(int ExitCode, string Output)
{
    public bool Succeeded => ExitCode == 0;
}

/// <summary>Runs a program to its end, without a shell, and captures its output.</summary>
internal static class Tool
{
    // On Windows the server inherits the pipes of the pg_ctl that starts it, so they stay open after pg_ctl has exited.
    private static readonly TimeSpan _outputWaitLimit = TimeSpan.FromSeconds(2);

    /// <summary>Runs a program. A canceled run leaves no process running.</summary>
    /// <exception cref="Win32Exception">The program does not exist or may not be run.</exception>
    public static async Task<ToolResult> RunAsync(
        IReadOnlyList<string> command, string workingDirectory, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        using var process = Process.Start(Describe(command, workingDirectory))!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);

        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        await Task.WhenAny(Task.WhenAll(output, errors), Task.Delay(_outputWaitLimit, CancellationToken.None));

        return new ToolResult(process.ExitCode, string.Concat(Printed(output), Printed(errors)).Trim());
    }

    private static string Printed(Task<string> output) => output.IsCompletedSuccessfully ? output.Result : "";

    private static ProcessStartInfo Describe(IReadOnlyList<string> command, string workingDirectory)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // On Windows the program gets its own console, which Ctrl+C in this console does not reach. On Unix, pg_ctl calls setsid.
            CreateNoWindow = true,
        };

        foreach (var name in start.Environment.Keys.Where(IsPostgresSetting).ToList())
            start.Environment.Remove(name);

        start.Environment["LC_ALL"] = "C";

        return start;
    }

    /// <summary>Removes PGDATA, PGPORT, PGOPTIONS and similar variables, which are meant for another server.</summary>
    private static bool IsPostgresSetting(string name) => name.StartsWith("PG", StringComparison.OrdinalIgnoreCase);
}
