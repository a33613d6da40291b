namespace CleanMessaging.Application.Storage;

/// <summary>
/// Questions about a conversation's visible messages that the database answers as fast however many others there are, expired ones
/// among them. To be used in queries alone; they say the same as <see cref="Domain.Messages.Message.VisibleAt"/>.
/// </summary>
public static class MessageFunctions
{
    /// <summary>The newest message that is visible at an instant; null when there is none.</summary>
    public static Guid? NewestVisibleId(Guid conversationId, DateTimeOffset at) => throw InQueriesAlone();

    /// <summary>How many messages after one sequence, and up to another, others have sent that are visible at an instant.</summary>
    public static int CountReceived(Guid conversationId, Guid byUserId, DateTimeOffset at, long beyond, long upTo) => throw InQueriesAlone();

    private static NotSupportedException InQueriesAlone() => new("This is for the database to answer.");
}
