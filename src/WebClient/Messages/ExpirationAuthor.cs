namespace CleanMessaging.WebClient.Messages;

/// <summary>Says who has set the default expiration of a conversation.</summary>
internal static class ExpirationAuthor
{
    /// <summary>set by you, set by Ann; null if it is not known.</summary>
    /// <param name="setBy">The participant who set it; null if it is not known.</param>
    /// <param name="ownId">The id of the signed-in user.</param>
    /// <param name="name">The name of the other participant.</param>
    public static string? Of(Guid? setBy, Guid ownId, string name) =>
        setBy is null ? null : setBy == ownId ? "set by you" : $"set by {name}";
}
