using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Realtime.Draining;

/// <summary>
/// Ends the process on SIGTERM or SIGINT: first the server drains, then the host stops. A second signal ends the drain. Draining has to
/// start with the signal, because SignalR closes all connections when the host begins to stop (docs/decisions/0013-draining.md).
/// </summary>
internal sealed partial class DrainingLifetime(
    Drain drain,
    RealtimeNotifier notifier,
    IHostApplicationLifetime application,
    IOptions<ShutdownOptions> options,
    ILogger<DrainingLifetime> logger) : IHostLifetime, IDisposable
{
    private static readonly PosixSignal[] _signals = [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT];

    private readonly List<PosixSignalRegistration> _registrations = [];

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _registrations.AddRange(_signals.Select(signal => PosixSignalRegistration.Create(signal, End)));

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private void End(PosixSignalContext context)
    {
        // Suppresses the immediate exit: the process ends when the host has stopped.
        context.Cancel = true;
        if (drain.Begin())
            _ = DrainThenStopAsync();
        else
            application.StopApplication();
    }

    private async Task DrainThenStopAsync()
    {
        if (options.Value.Drain > TimeSpan.Zero)
            Log.Draining(logger, options.Value.Drain);
        else
            Log.Stopping(logger);

        await Task.WhenAll(notifier.NotifyDrainingAsync(), Task.Delay(options.Value.Drain, application.ApplicationStopping))
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        application.StopApplication();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Draining for {Duration}, then stopping")]
        public static partial void Draining(ILogger logger, TimeSpan duration);

        [LoggerMessage(2, LogLevel.Information, "Stopping")]
        public static partial void Stopping(ILogger logger);
    }
}
