namespace CleanMessaging.Client;

/// <summary>The state of a session's connection to the server.</summary>
public enum ConnectionState
{
    /// <summary>Connecting, or recovering missed changes.</summary>
    Connecting,

    /// <summary>Connected and synchronized.</summary>
    Online,

    /// <summary>Not connected; the session reconnects automatically.</summary>
    Offline,

    /// <summary>The sign-in has ended. Log in and open a new session.</summary>
    SignedOut,

    /// <summary>
    /// Synchronized by polling, because live connections are rejected or cut. The list, the history and sending work, but changes arrive
    /// with a delay. The session becomes <see cref="Online"/> automatically when a live connection works.
    /// </summary>
    Polling,
}
