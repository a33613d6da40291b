namespace CleanMessaging.Client;

/// <summary>Derives the public changes of a session from two states of a conversation. A pure function.</summary>
internal static class ChangeReport
{
    /// <summary>Returns what has changed for the user, in the order in which it is reported.</summary>
    /// <param name="change">The change that led from <paramref name="before"/> to <paramref name="after"/>.</param>
    public static IEnumerable<SessionChange> Between(
        Guid conversationId, ConversationState before, ConversationState after, ConversationChange change)
    {
        var messages = change switch
        {
            MessageReceived received =>
                MessagesOf([received.Message], before, after).Concat(ExpiredOf(conversationId, [received.Message], before, after)),
            DeletionReceived received => DeletionsOf(conversationId, [received.Deleted], before, after),
            ChangesRecovered { Response: var response } =>
                HiddenOf(conversationId, before, after)
                    .Concat(DeletionsOf(conversationId, response.Deleted, before, after))
                    .Concat(ExpiredOf(conversationId, [.. response.Expired.Select(before.Find).OfType<Message>()], before, after))
                    .Concat(MessagesOf(response.Messages, before, after)),
            PersonalStateReceived => HiddenOf(conversationId, before, after),
            TimePassed => ExpiredOf(conversationId, before.Messages, before, after),
            _ => [],
        };

        return messages
            .Concat(UnloadedOf(conversationId, before, after))
            .Concat(QuotesOf(conversationId, before, after, change))
            .Concat(ReadsOf(conversationId, before, after))
            .Concat(ExpirationOf(conversationId, before, after))
            .Concat(LoadsOf(conversationId, before, change));
    }

    private static IEnumerable<SessionChange> MessagesOf(
        IReadOnlyList<Message> candidates, ConversationState before, ConversationState after)
    {
        foreach (var sequence in candidates.Select(message => message.Sequence).Distinct())
        {
            var (old, current) = (before.Find(sequence), after.Find(sequence));
            if (current is null || ReferenceEquals(old, current))
                continue;

            yield return old is null ? new MessageAdded(current) : new MessageChanged(current);
            foreach (var reaction in ReactionsOf(old, current))
                yield return reaction;
        }
    }

    /// <summary>Returns the changed reactions of a message that was loaded before.</summary>
    private static IEnumerable<SessionChange> ReactionsOf(Message? old, Message current) =>
        old is null || (old.Reactions.Count == 0 && current.Reactions.Count == 0)
            ? []
            : from userId in old.Reactions.Concat(current.Reactions).Select(reaction => reaction.UserId).Distinct()
              let emoji = current.ReactionOf(userId)
              where emoji != old.ReactionOf(userId)
              select new ReactionChanged(current, userId, emoji);

    private static IEnumerable<SessionChange> DeletionsOf(
        Guid conversationId, IReadOnlyList<DeletedMessage> candidates, ConversationState before, ConversationState after) =>
        candidates
            .Where(deleted => after.Deletions.ContainsKey(deleted.Sequence) && !before.Deletions.ContainsKey(deleted.Sequence))
            .Select(deleted => new MessageDeleted(conversationId, deleted));

    private static IEnumerable<SessionChange> HiddenOf(Guid conversationId, ConversationState before, ConversationState after) =>
        before.Messages.Where(message => after.IsHidden(message.Sequence))
            .Select(message => new MessageHidden(conversationId, message.Id));

    private static IEnumerable<SessionChange> ExpiredOf(
        Guid conversationId, IReadOnlyList<Message> candidates, ConversationState before, ConversationState after) =>
        before.Messages == after.Messages
            ? []
            : candidates.Where(message => before.Find(message.Sequence) is not null && after.Find(message.Sequence) is null)
                .Select(message => new MessageExpired(conversationId, message.Id));

    /// <summary>Reports changes of messages outside of the loaded range. Before the first load, nothing is outside.</summary>
    private static IEnumerable<SessionChange> UnloadedOf(Guid conversationId, ConversationState before, ConversationState after) =>
        before.IsLoaded && (before.UnloadedExpirations != after.UnloadedExpirations || HasHiddenUnloaded(before, after))
            ? [new UnloadedMessagesChanged(conversationId)]
            : [];

    private static bool HasHiddenUnloaded(ConversationState before, ConversationState after) =>
        (before.Hidden != after.Hidden && after.Hidden.Except(before.Hidden).Any(sequence => before.Find(sequence) is null))
        || (after.ClearedThrough > before.ClearedThrough && before.LoadedFromSequence > 0);

    /// <summary>A load of messages is reported as such, and a request shows nothing yet.</summary>
    private static IEnumerable<SessionChange> QuotesOf(
        Guid conversationId, ConversationState before, ConversationState after, ConversationChange change) =>
        before.Quotes == after.Quotes || change is QuotesRequested or PageLoaded or PageReplaced or EarlierPageLoaded or LaterPageLoaded
            ? []
            : [new QuotesChanged(conversationId)];

    private static IEnumerable<SessionChange> ReadsOf(Guid conversationId, ConversationState before, ConversationState after)
    {
        // Before the first load, everything is new.
        if (after.ReadPointers == before.ReadPointers || !before.IsLoaded)
            return [];

        return after.ReadPointers
            .Where(pointer => before.ReadPointers.GetValueOrDefault(pointer.Key, -1) != pointer.Value)
            .Select(pointer => new ReadAdvanced(conversationId, pointer.Key, pointer.Value));
    }

    private static IEnumerable<SessionChange> ExpirationOf(Guid conversationId, ConversationState before, ConversationState after) =>
        before.IsLoaded && before.Expiration with { Revision = 0 } != after.Expiration with { Revision = 0 }
            ? [new DefaultExpirationChanged(conversationId, after.Expiration.Hours, after.Expiration.SetBy)]
            : [];

    private static IEnumerable<SessionChange> LoadsOf(Guid conversationId, ConversationState before, ConversationChange change)
    {
        if (change is PageLoaded or PageReplaced or EarlierPageLoaded or LaterPageLoaded
            || (change is ChangesRecovered && before.Failure is not null))
        {
            yield return new TimelineLoaded(conversationId);
        }
        else if (change is AccessFailed { Reason: var reason })
        {
            yield return new TimelineFailed(conversationId, reason);
        }
    }
}
