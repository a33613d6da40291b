namespace CleanMessaging.Client;

/// <summary>Thrown when the server still keeps the contents of messages that expired before a time. Nothing was erased.</summary>
public sealed class PurgeTooRecentException : MessagingException
{
    internal PurgeTooRecentException(Problem problem)
        : base(problem) => Latest = problem.Latest;

    /// <summary>The latest time before which messages must have expired to be purged, by the server's clock.</summary>
    public DateTimeOffset? Latest { get; }
}
