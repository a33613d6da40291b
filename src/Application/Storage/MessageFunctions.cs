namespace CleanMessaging.Application.Storage;

/// <summary>
/// Database functions about a conversation's visible messages, for use only inside queries. Their cost does not depend on the number of other messages,
/// including expired ones. They apply the same rule as <see cref="Domain.Messages.Message.VisibleAt"/>.
/// </summary>
public static class MessageFunctions
{
    /// <summary>Returns the id of the newest message that is visible at an instant; null when there is none.</summary>
    public static Guid? NewestVisibleId(Guid conversationId, DateTimeOffset at) => throw InQueriesAlone();

    /// <summary>Counts the messages of other users that are visible at an instant, after one sequence and up to another.</summary>
    public static int CountReceived(Guid conversationId, Guid byUserId, DateTimeOffset at, long beyond, long upTo) => throw InQueriesAlone();

    private static NotSupportedException InQueriesAlone() => new("This method can only be used inside a database query.");
}
