namespace CleanMessaging.WebClient.Messages;

/// <summary>The emoji that the menu of a message offers as reactions.</summary>
internal static class ReactionChoices
{
    private const int RowLength = 6;

    private static readonly string[] _quick = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

    private static readonly string[] _more =
    [
        "👍", "👎", "❤️", "🔥", "🎉", "👏",
        "😂", "🙂", "😍", "🤔", "😮", "😢",
        "😡", "🙏", "💪", "👀", "✅", "❌",
        "🚀", "💯", "💡", "📈", "🤝", "☕",
    ];

    /// <summary>
    /// Returns the rows of emoji for a message. Emoji with which a user has reacted are included, so that the user can set them with the
    /// keyboard too; the user's own one also if it is no longer allowed, so that the user can remove it.
    /// </summary>
    /// <param name="shown">The reactions that the message shows.</param>
    /// <param name="isMore">Whether the user has requested more than the usual few.</param>
    /// <param name="allowed">The emoji that the server allows; null for any emoji.</param>
    public static IReadOnlyList<IReadOnlyList<string>> RowsFor(
        IReadOnlyList<ReactionChip> shown, bool isMore, IReadOnlyList<string>? allowed)
    {
        var offered = isMore ? allowed ?? _more : allowed?.Take(RowLength).ToArray() ?? _quick;
        var others = shown
            .Where(chip => chip.IsOwn || IsAllowed(chip.Emoji, allowed))
            .Select(chip => chip.Emoji)
            .Where(emoji => !offered.Any(offer => ReactionChip.IsSame(offer, emoji)));

        return [.. offered.Chunk(RowLength), .. others.Chunk(RowLength)];
    }

    /// <summary>Whether there are more emoji than the usual few.</summary>
    /// <param name="allowed">The emoji that the server allows; null for any emoji.</param>
    public static bool HasMore(IReadOnlyList<string>? allowed) => allowed is null || allowed.Count > RowLength;

    /// <summary>Whether the server allows an emoji.</summary>
    /// <param name="allowed">The emoji that the server allows; null for any emoji.</param>
    public static bool IsAllowed(string emoji, IReadOnlyList<string>? allowed) =>
        allowed is null || allowed.Any(offer => ReactionChip.IsSame(offer, emoji));
}
