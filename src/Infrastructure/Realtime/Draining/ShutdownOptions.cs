using System.ComponentModel.DataAnnotations;

namespace CleanMessaging.Infrastructure.Realtime.Draining;

/// <summary>Options for the shutdown of the server after a stop signal.</summary>
internal sealed class ShutdownOptions
{
    public const string Section = "Shutdown";

    /// <summary>
    /// How long the server keeps serving after it has announced its stop, 0 to 60 seconds; 5 by default, 0 in Development.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Drain { get; set; } = TimeSpan.FromSeconds(5);
}
