using System.Diagnostics;

namespace CleanMessaging.Infrastructure.Telemetry;

/// <summary>
/// The product's own traces, in addition to those of ASP.NET Core, SignalR and Npgsql. The names are public: docs/operations.md.
/// </summary>
public static class MessagingTraces
{
    /// <summary>The source's name.</summary>
    public const string SourceName = "CleanMessaging";

    private static readonly ActivitySource _source = new(SourceName);

    /// <summary>The span of the current request; null while no listener collects traces.</summary>
    internal static ActivityContext? CurrentRequest => _source.HasListeners() ? Activity.Current?.Context : null;

    /// <summary>
    /// Starts the span of a batch of sends: a child of the request for a single send, or a separate trace with a link to each request.
    /// </summary>
    internal static Activity? StartBatch(IReadOnlyList<ActivityContext?> requests)
    {
        if (!_source.HasListeners())
            return null;

        return requests is [{ } request]
            ? _source.StartActivity("send", ActivityKind.Internal, request)
            : _source.StartActivity(
                "sends",
                ActivityKind.Internal,
                default(ActivityContext),
                links: requests.OfType<ActivityContext>().Select(context => new ActivityLink(context)));
    }
}
