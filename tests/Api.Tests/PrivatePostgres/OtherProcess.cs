using System.Diagnostics;
using System.Runtime.CompilerServices;
using CleanMessaging.PrivatePostgres;

namespace CleanMessaging.Api.Tests.PrivatePostgres;

/// <summary>Runs this test program as a second process that only uses a cluster until it is killed.</summary>
internal static class OtherProcess
{
    private const string FolderVariable = "CLEANMESSAGING_TESTS_CLUSTER_FOLDER";
    private const string ReadyFile = "other-process-is-ready";

    private static readonly TimeSpan _waitLimit = TimeSpan.FromSeconds(30);

    /// <summary>Runs before the test runner. In the second process it never returns, so that the runner does not start.</summary>
    [ModuleInitializer]
    internal static void UseClusterUntilKilled()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is not { } folder)
            return;

        PrivateCluster.StartAsync(folder, TemporaryClusterFolder.FastSettings).GetAwaiter().GetResult();
        File.WriteAllText(Path.Combine(folder, ReadyFile), "");
        new ManualResetEventSlim().Wait();
    }

    internal static async Task<Process> StartAsync(string folder)
    {
        var program = Path.ChangeExtension(typeof(OtherProcess).Assembly.Location, OperatingSystem.IsWindows() ? ".exe" : null);
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            Environment = { [FolderVariable] = folder },
        };

        var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var waiting = Stopwatch.StartNew();

        while (!File.Exists(Path.Combine(folder, ReadyFile)))
        {
            if (process.HasExited || waiting.Elapsed > _waitLimit)
            {
                Kill(process);
                Assert.Fail($"The other process does not get ready: {await output}");
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        return process;
    }

    /// <summary>Kills the process like <c>kill -9</c>, but not the server that it started.</summary>
    internal static void Kill(Process process)
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}
