namespace CleanMessaging.Client;

/// <summary>Reads the messages that a timeline begins with, as consecutive pages without a gap, merged into one.</summary>
internal sealed class OpeningPage(MessagesClient messages, Guid conversationId, Guid userId, int pageSize)
{
    private const int PageMax = 100;

    /// <summary>How many messages before the first unread one are read, to see what it follows.</summary>
    private const int EarlierMessages = 20;

    /// <summary>How many pages of the user's own messages are passed over to find an unread one of another.</summary>
    private const int OwnPagesMax = 20;

    /// <param name="numbers">Where the conversation stood just before.</param>
    /// <param name="heldSequence">Of the newest message that the timeline held before; null when it begins for the first time.</param>
    public async Task<MessagePage> ReadAsync(
        JoinedConversation numbers, TimelineStart start, long? heldSequence, CancellationToken cancellationToken)
    {
        if (start == TimelineStart.Newest)
            return await NewestAsync(cancellationToken).ConfigureAwait(false);

        if (heldSequence is { } held)
            return await GetAsync(PageMax, cancellationToken, beforeSequence: held + 1).ConfigureAwait(false);

        var read = numbers.Participants.FirstOrDefault(participant => participant.UserId == userId)?.LastReadSequence ?? 0;

        // The newest page goes back at least so far: each message takes one sequence or more.
        var isOnNewestPage = numbers.LastSequence - read <= pageSize;

        return numbers.UnreadCount == 0 || isOnNewestPage
            ? await NewestAsync(cancellationToken).ConfigureAwait(false)
            : await AroundAsync(read, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Some messages up to the read pointer, and those after it up to the first of another and beyond.</summary>
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

        return new MessagePage([.. earlier.Messages, .. later.Messages], earlier.HasMoreBefore, later.HasMoreAfter);
    }

    private bool IsOwn(Message message) => message.SenderId == userId;

    private Task<MessagePage> NewestAsync(CancellationToken cancellationToken) => GetAsync(pageSize, cancellationToken);

    private Task<MessagePage> GetAsync(int limit, CancellationToken cancellationToken, long? beforeSequence = null, long? afterSequence = null) =>
        messages.GetAsync(conversationId, limit: limit, beforeSequence: beforeSequence, afterSequence: afterSequence, cancellationToken: cancellationToken);
}
