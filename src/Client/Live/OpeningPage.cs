namespace CleanMessaging.Client;

/// <summary>Loads the first messages of a timeline: consecutive pages without a gap, merged into one.</summary>
internal sealed class OpeningPage(MessagesClient messages, Guid conversationId, Guid userId, int pageSize)
{
    private const int PageMax = 100;

    /// <summary>The number of messages loaded before the first unread one, for context.</summary>
    private const int EarlierMessages = 20;

    /// <summary>The maximum number of pages with only the user's own messages that are skipped to find an unread message.</summary>
    private const int OwnPagesMax = 20;

    /// <param name="numbers">The state of the conversation just before the load.</param>
    /// <param name="heldSequence">The sequence of the newest message that was loaded before; null at the first load.</param>
    public async Task<MessagePage> ReadAsync(
        JoinedConversation numbers, TimelineStart start, long? heldSequence, CancellationToken cancellationToken)
    {
        if (start == TimelineStart.Newest)
            return await NewestAsync(cancellationToken).ConfigureAwait(false);

        if (heldSequence is { } held)
            return await GetAsync(PageMax, cancellationToken, beforeSequence: held + 1).ConfigureAwait(false);

        var read = numbers.Participants.FirstOrDefault(participant => participant.UserId == userId)?.LastReadSequence ?? 0;

        // The newest page reaches back at least this far: the sequence increases by one or more with each message.
        var isOnNewestPage = numbers.LastSequence - read <= pageSize;

        return numbers.UnreadCount == 0 || isOnNewestPage
            ? await NewestAsync(cancellationToken).ConfigureAwait(false)
            : await AroundAsync(read, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Loads some messages before the read pointer, and those after it at least up to the first message of another user.</summary>
    public async Task<MessagePage> AroundAsync(long read, CancellationToken cancellationToken)
    {
        var earlier = await GetAsync(EarlierMessages, cancellationToken, beforeSequence: read + 1).ConfigureAwait(false);
        var later = await GetAsync(pageSize, cancellationToken, afterSequence: read).ConfigureAwait(false);
        for (var pages = 1; later is { HasMoreAfter: true, Messages: [.., var last] } && later.Messages.All(IsOwn); pages++)
        {
            if (pages == OwnPagesMax)
                return await NewestAsync(cancellationToken).ConfigureAwait(false);

            earlier = later;
            later = await GetAsync(PageMax, cancellationToken, afterSequence: last.Sequence).ConfigureAwait(false);
        }

        return new MessagePage([.. earlier.Messages, .. later.Messages], earlier.HasMoreBefore, later.HasMoreAfter)
        {
            Deleted = [.. earlier.Deleted, .. later.Deleted],
            Quoted = [.. earlier.Quoted, .. later.Quoted],
        };
    }

    private bool IsOwn(Message message) => message.SenderId == userId;

    private Task<MessagePage> NewestAsync(CancellationToken cancellationToken) => GetAsync(pageSize, cancellationToken);

    private Task<MessagePage> GetAsync(
        int limit, CancellationToken cancellationToken, long? beforeSequence = null, long? afterSequence = null) =>
        messages.GetAsync(
            conversationId,
            limit: limit,
            beforeSequence: beforeSequence,
            afterSequence: afterSequence,
            cancellationToken: cancellationToken);
}
