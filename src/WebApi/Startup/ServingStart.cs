namespace CleanMessaging.WebApi.Startup;

internal static class ServingStart
{
    /// <summary>
    /// Starts the background services and then the web server. If that fails, stops in order everything that has started.
    /// </summary>
    public static async Task StartServingAsync(this WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch
        {
            // Without a stop request the host would treat the end of a background service as a critical failure.
            await app.StopAsync(CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }
}
