using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace CleanMessaging.PrivatePostgres;

/// <summary>The server process of a data folder. <paramref name="Port"/> is null until the server has written it.</summary>
internal sealed record Postmaster(int ProcessId, int? Port)
{
    private const int LineOfPort = 3;

    /// <summary>Reads postmaster.pid. Returns null when its process has ended or is not the server of this folder.</summary>
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

    /// <summary>After a reboot the process id may belong to any process, most likely to another PostgreSQL.</summary>
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

        // The working directory of a server is its data folder. Only Linux allows to check that.
        return !OperatingSystem.IsLinux() || HasDataFolderOf(processId, text);
    }

    private static bool HasDataFolderOf(int processId, string text)
    {
        try
        {
            return FirstLine(Read($"/proc/{processId}/cwd/postmaster.pid")) == FirstLine(text);
        }
        catch (UnauthorizedAccessException)
        {
            // The process runs under another account. A private server does so only when this process is root, and root in a container may
            // lack the right to look.
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
