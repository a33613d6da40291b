namespace CleanMessaging.WebClient.Shell;

/// <summary>What a warning is about, which says when it is resolved. The user can dismiss every warning.</summary>
internal enum WarningCause
{
    /// <summary>Nothing resolves the warning.</summary>
    Other,

    /// <summary>An action was not done. A later one that succeeds resolves the warning.</summary>
    Action,

    /// <summary>An action was not done without a connection. A connection resolves the warning too.</summary>
    Connection,
}
