namespace CleanMessaging.WebApi.Startup;

internal static class ServingStart
{
    /// <summary>Starts the background services and then the web server. When that fails, ends in order what has started.</summary>
    public static async Task StartServingAsync(this WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch
        {
            // Only a host that was asked to stop takes the end of a background service for what it is, and not for a critical failure.
            await app.StopAsync(CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }
}
