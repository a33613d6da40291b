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
    /// Returns the rows of emoji for a message. Emoji with which a user has reacted are always included, so that the user can set them
    /// with the keyboard too.
    /// </summary>
    /// <param name="shown">The reactions that the message shows.</param>
    /// <param name="isMore">Whether the user has requested more than the usual few.</param>
    public static IReadOnlyList<IReadOnlyList<string>> RowsFor(IReadOnlyList<ReactionChip> shown, bool isMore)
    {
        var offered = isMore ? _more : _quick;
        var others = shown.Select(chip => chip.Emoji).Where(emoji => !offered.Any(offer => ReactionChip.IsSame(offer, emoji)));

        return [.. offered.Chunk(RowLength), .. others.Chunk(RowLength)];
    }
}
