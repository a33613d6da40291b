using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace CleanMessaging.Infrastructure.PrivatePostgres;

/// <summary>The server process of a data folder. <paramref name="Port"/> is null while it has not come far enough to tell.</summary>
internal sealed record Postmaster(int ProcessId, int? Port)
{
    private const int LineOfPort = 3;

    /// <summary>What postmaster.pid tells, or null when it tells of a process that is gone or is no server of this folder.</summary>
    public static Postmaster? FindLive(string data)
    {
        var path = Path.Combine(data, "postmaster.pid");
        if (Read(path) is not { } text)
            return null;

        var lines = text.Split('\n', StringSplitOptions.TrimEntries);
        if (!int.TryParse(lines[0], CultureInfo.InvariantCulture, out var processId) || !IsServer(processId, text))
            return null;

        var hasPort = int.TryParse(lines.ElementAtOrDefault(LineOfPort), CultureInfo.InvariantCulture, out var port);

        return new Postmaster(processId, hasPort ? port : null);
    }

    /// <summary>After a reboot the number may belong to any process, most likely to that of another PostgreSQL.</summary>
    private static bool IsServer(int processId, string text)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            if (!process.ProcessName.StartsWith("postgres", StringComparison.Ordinal))
                return false;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return false;
        }

        // A server works in its data folder. Elsewhere than on Linux there is no telling.
        return !OperatingSystem.IsLinux() || WorksBeside(processId, text);
    }

    private static bool WorksBeside(int processId, string text)
    {
        try
        {
            return FirstLine(Read($"/proc/{processId}/cwd/postmaster.pid")) == FirstLine(text);
        }
        catch (UnauthorizedAccessException)
        {
            // A process of another account. Ours runs under another account only when we are root, who may not look in a container.
            return Environment.IsPrivilegedProcess;
        }
    }

    private static string? FirstLine(string? text) => text?.Split('\n')[0];

    private static string? Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file);

            return reader.ReadToEnd();
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
