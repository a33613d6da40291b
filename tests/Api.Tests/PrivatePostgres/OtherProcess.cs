using System.Diagnostics;
using CleanMessaging.Infrastructure.PrivatePostgres;

namespace CleanMessaging.Api.Tests.PrivatePostgres;

/// <summary>This test program once more, as a process that uses a cluster until it is killed.</summary>
public sealed class OtherProcess
{
    private const string FolderVariable = "CLEANMESSAGING_TESTS_CLUSTER_FOLDER";
    private const string ReadyFile = "other-process-is-ready";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Fact(Explicit = true)]
    public async Task UsesClusterUntilKilled()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable);
        Assert.SkipWhen(folder is null, "Started by the tests of PrivateCluster alone.");

        await using var cluster = await PrivateCluster.StartAsync(
            folder, TemporaryClusterFolder.FastSettings, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, ReadyFile), "", TestContext.Current.CancellationToken);
        await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
    }

    internal static async Task<Process> StartAsync(string folder)
    {
        var program = Path.ChangeExtension(typeof(OtherProcess).Assembly.Location, OperatingSystem.IsWindows() ? ".exe" : null);
        var start = new ProcessStartInfo(
            program, ["-explicit", "only", "-method", $"{typeof(OtherProcess).FullName}.{nameof(UsesClusterUntilKilled)}"])
        {
            RedirectStandardOutput = true,
            Environment = { [FolderVariable] = folder },
        };

        var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var waiting = Stopwatch.StartNew();

        while (!File.Exists(Path.Combine(folder, ReadyFile)))
        {
            if (process.HasExited || waiting.Elapsed > _patience)
            {
                Kill(process);
                Assert.Fail($"The other process does not get ready: {await output}");
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        return process;
    }

    /// <summary>Kills it like <c>kill -9</c>, this one process and not the server that it started.</summary>
    internal static void Kill(Process process)
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}
