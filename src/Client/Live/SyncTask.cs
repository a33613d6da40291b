namespace CleanMessaging.Client;

/// <summary>Something that a session synchronizes with the server. Equal tasks are one task.</summary>
internal abstract record SyncTask
{
    private SyncTask()
    {
    }

    /// <summary>The missing changes of an open conversation.</summary>
    public sealed record Conversation(Guid ConversationId) : SyncTask;

    /// <summary>The loaded beginning of the list of conversations.</summary>
    public sealed record List : SyncTask;

    /// <summary>The messages outside of the loaded range that replies in an open conversation refer to.</summary>
    public sealed record Quotes(Guid ConversationId) : SyncTask;

    /// <summary>The entry of one conversation in the list.</summary>
    public sealed record Preview(Guid ConversationId) : SyncTask;

    /// <summary>The unread totals.</summary>
    public sealed record Unread : SyncTask;

    /// <summary>Free messages, price and balance.</summary>
    public sealed record Quota : SyncTask;

    /// <summary>The server's rules for changes of messages and for reactions.</summary>
    public sealed record Rules : SyncTask;

    /// <summary>A read pointer that the server does not have yet.</summary>
    public sealed record ReadReceipt(Guid ConversationId) : SyncTask;

    /// <summary>The end of the live events of a closed conversation.</summary>
    public sealed record Leave(Guid ConversationId) : SyncTask;
}
