namespace CleanMessaging.Client;

/// <summary>How a session stands with the server.</summary>
public enum ConnectionState
{
    /// <summary>Connecting, or catching up with what was missed.</summary>
    Connecting,

    /// <summary>Connected and in step.</summary>
    Online,

    /// <summary>Not connected; the next attempt comes by itself.</summary>
    Offline,

    /// <summary>The sign-in has ended; log in, and open another session.</summary>
    SignedOut,
}
