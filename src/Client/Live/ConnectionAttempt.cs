namespace CleanMessaging.Client;

/// <summary>An attempt to connect, and the connection that it opened.</summary>
internal sealed class ConnectionAttempt
{
    public string? Token { get; set; }

    /// <summary>Whether the connection was opened. It may not have responded since.</summary>
    public bool IsOpened { get; set; }

    /// <summary>When the session was synchronized over the connection; null before.</summary>
    public long? InSyncAt { get; set; }

    /// <summary>Whether the connection could not be opened, or did not respond before the session was synchronized.</summary>
    public bool IsBlocked { get; set; }

    /// <summary>Whether the connection was closed within the delay before the third retry (2 s by default).</summary>
    public bool IsCutSoon { get; set; }
}
