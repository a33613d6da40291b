namespace CleanMessaging.Client;

/// <summary>
/// Loads the archived conversations of a session, wherever they are in the list. They are added to
/// <see cref="MessagingSession.Conversations"/>, and are then kept up to date.
/// </summary>
public sealed class ConversationArchive
{
    private readonly ListSync _list;

    internal ConversationArchive(ListSync list) => _list = list;

    /// <summary>Whether there may be archived conversations that are not loaded.</summary>
    public bool HasMore => _list.HasMoreArchived;

    /// <summary>Loads the next page of archived conversations. Does nothing when there is none.</summary>
    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public Task LoadMoreAsync(CancellationToken cancellationToken = default) => _list.LoadMoreArchivedAsync(cancellationToken);
}
