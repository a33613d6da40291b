namespace CleanMessaging.Tests.Support;

/// <summary>
/// Lets only one test project with servers run at a time, because the projects measure times and would affect each other. Uses a lock on an
/// open file, which the operating system releases when the process exits.
/// </summary>
internal static class MachineTurn
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits without a time-out until no other project holds the lock. Dispose the result to release the lock.</summary>
    public static async Task<IDisposable> TakeAsync()
    {
        var file = Path.Combine(Path.GetTempPath(), $"cleanmessaging-tests-{Environment.UserName}.lock");
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(_pause, TestContext.Current.CancellationToken);
            }
        }
    }
}
