using System.Diagnostics;

namespace CleanMessaging.Infrastructure.Telemetry;

/// <summary>What is traced beside what ASP.NET Core, SignalR and Npgsql trace. The names are public: docs/operations.md.</summary>
public static class MessagingTraces
{
    /// <summary>The source's name.</summary>
    public const string SourceName = "CleanMessaging";

    private static readonly ActivitySource _source = new(SourceName);

    /// <summary>The span of the request that is served here; none while nobody gathers traces.</summary>
    internal static ActivityContext? CurrentRequest => _source.HasListeners() ? Activity.Current?.Context : null;

    /// <summary>Begins the span of sends that go together: below the request when it is one, and a trace of its own with a link to each of several.</summary>
    internal static Activity? StartBatch(IReadOnlyList<ActivityContext?> requests)
    {
        if (!_source.HasListeners())
            return null;

        return requests is [{ } request]
            ? _source.StartActivity("send", ActivityKind.Internal, request)
            : _source.StartActivity("sends", ActivityKind.Internal, default(ActivityContext), links: requests.OfType<ActivityContext>().Select(context => new ActivityLink(context)));
    }
}
