namespace CleanMessaging.Client;

/// <summary>The message that a reply refers to, as far as it is known. It is never part of the reply.</summary>
/// <param name="Sequence">The sequence of the message.</param>
/// <param name="Message">The message as it is now; null unless it is available.</param>
public sealed record MessageQuote(long Sequence, QuoteState State, Message? Message = null);

/// <summary>Whether the message that a reply refers to can be shown.</summary>
public enum QuoteState
{
    /// <summary>It is being requested from the server.</summary>
    Loading,

    /// <summary>It is visible.</summary>
    Available,

    /// <summary>It has expired or was deleted. This is final.</summary>
    Unavailable,
}
