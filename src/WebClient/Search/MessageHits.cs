using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Search;

/// <summary>Applies changes of messages to hits that a search found earlier.</summary>
internal static class MessageHits
{
    /// <summary>
    /// Returns a hit with the current state of its message. After an edit, the highlighted words are looked for in the new text; null if
    /// one of them is no longer there, or if the message has expired.
    /// </summary>
    public static MessageHit? Update(this MessageHit hit, Message current)
    {
        if (current.Content is not { } text)
            return null;

        if (current.Revision < hit.Message.Revision)
            return hit;

        if (text == hit.Message.Content)
            return hit with { Message = current };

        var highlights = new List<MessageHighlight>();
        foreach (var word in WordsOf(hit))
        {
            var start = text.IndexOf(word, StringComparison.OrdinalIgnoreCase);
            if (start < 0)
                return null;

            highlights.Add(new MessageHighlight(start, word.Length));
        }

        return new MessageHit(current, WithoutOverlaps(highlights));
    }

    /// <summary>Returns the highlighted words, each once.</summary>
    private static IEnumerable<string> WordsOf(MessageHit hit) => hit.Highlights
        .Where(highlight => highlight.Start >= 0 && highlight.Start + highlight.Length <= hit.Message.Content?.Length)
        .Select(highlight => hit.Message.Content!.Substring(highlight.Start, highlight.Length))
        .Distinct(StringComparer.OrdinalIgnoreCase);

    private static List<MessageHighlight> WithoutOverlaps(IEnumerable<MessageHighlight> highlights)
    {
        var kept = new List<MessageHighlight>();
        foreach (var highlight in highlights.OrderBy(highlight => highlight.Start).ThenByDescending(highlight => highlight.Length))
        {
            if (kept is not [.., var last] || highlight.Start >= last.Start + last.Length)
                kept.Add(highlight);
        }

        return kept;
    }
}
