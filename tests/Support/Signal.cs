using System.Diagnostics;

namespace CleanMessaging.Tests.Support;

/// <summary>POSIX signals to processes that a test has started.</summary>
internal static class Signal
{
    public const string Interrupt = "INT";
    public const string Kill = "KILL";
    public const string Quit = "QUIT";
    public const string Stop = "STOP";
    public const string Continue = "CONT";
    public const string Terminate = "TERM";

    public static async Task SendAsync(int processId, string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, processId.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(CancellationToken.None);
        kill.ExitCode.ShouldBe(0, $"Process {processId} did not get SIG{signal}");
    }
}
