using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Messages;

/// <summary>An emoji with which one or both users have reacted to a message.</summary>
/// <param name="IsOwn">Whether the user has reacted with it, also if the server does not have the reaction yet.</param>
/// <param name="IsByOther">Whether the other participant has reacted with it.</param>
/// <param name="IsBeforeEdit">Whether the text was edited since the reactions, which may not refer to the current text.</param>
public sealed record ReactionChip(string Emoji, bool IsOwn, bool IsByOther, bool IsBeforeEdit)
{
    private const string EmojiPresentation = "\uFE0F";

    /// <summary>The number of users who have reacted with the emoji.</summary>
    public int Count => (IsOwn ? 1 : 0) + (IsByOther ? 1 : 0);

    /// <summary>Returns the reactions that the page shows at a message.</summary>
    /// <param name="waiting">The user's reaction that the server does not have yet; null if there is none.</param>
    public static IReadOnlyList<ReactionChip> Of(Message message, Guid userId, QueuedReaction? waiting)
    {
        if (message.Reactions.Count == 0 && waiting?.Emoji is null)
            return [];

        var reactions = message.Reactions
            .Where(reaction => waiting is null || reaction.UserId != userId)
            .Select(reaction => (reaction.UserId, reaction.Emoji, IsBeforeEdit: reaction.At < message.EditedAt));
        if (waiting?.Emoji is { } emoji)
            reactions = reactions.Append((userId, emoji, IsBeforeEdit: false));

        return
        [
            .. reactions.GroupBy(reaction => Plain(reaction.Emoji)).Select(same => new ReactionChip(
                same.First().Emoji,
                same.Any(reaction => reaction.UserId == userId),
                same.Any(reaction => reaction.UserId != userId),
                same.All(reaction => reaction.IsBeforeEdit))),
        ];
    }

    /// <summary>Whether two emoji are the same apart from U+FE0F, as the server compares them.</summary>
    public static bool IsSame(string one, string other) => Plain(one) == Plain(other);

    /// <summary>Returns the name for screen readers: the emoji, and who has reacted with it.</summary>
    /// <param name="otherName">The name of the other participant.</param>
    public string LabelFor(string otherName)
    {
        var users = (IsOwn, IsByOther) switch
        {
            (true, true) => $"you and {otherName}",
            (true, false) => "you",
            _ => otherName,
        };

        return $"{Emoji} {Count}: {users}{(IsBeforeEdit ? ", before the edit" : "")}";
    }

    private static string Plain(string emoji) => emoji.Replace(EmojiPresentation, "", StringComparison.Ordinal);
}
