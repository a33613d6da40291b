namespace CleanMessaging.Tests.Support;

/// <summary>
/// One test project with servers of its own at a time, however many are started at once: they measure times, and would measure each
/// other. A lock on an open file, which the operating system drops when its process dies.
/// </summary>
internal static class MachineTurn
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits, for as long as it takes, until no other project has the turn; dispose the result to let the next one.</summary>
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
