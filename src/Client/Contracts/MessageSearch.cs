namespace CleanMessaging.Client;

/// <summary>What to search for in the user's messages. A message has to meet every condition that is stated.</summary>
/// <param name="Query">
/// Up to 8 terms, 1 to 200 characters (Unicode code points) in all, each of which has to occur in the text, in any order. Quotation marks
/// make several words one term. A term of 3 characters or more matches anywhere, and so does a shorter one with an emoji or a character of
/// a script such as Chinese. Another one of 2 characters matches at the beginning of a word, and a single character as a whole word, if
/// there is also a longer term. Upper and lower case, accents and width do not matter. Null only if
/// <paramref name="HasAttachment"/> is true.
/// </param>
/// <param name="ConversationId">The conversation to search; null for all of the user's conversations.</param>
/// <param name="SenderId">The sender of the messages; null for any.</param>
/// <param name="After">The earliest time at which the messages were sent; null for any.</param>
/// <param name="Before">The time before which the messages were sent; null for any.</param>
/// <param name="HasAttachment">True for messages with attachments only, false for those without; null for both.</param>
public sealed record MessageSearch(
    string? Query = null,
    Guid? ConversationId = null,
    Guid? SenderId = null,
    DateTimeOffset? After = null,
    DateTimeOffset? Before = null,
    bool? HasAttachment = null);

/// <summary>A message that a search has found.</summary>
/// <param name="Message">The message as it was when the server responded.</param>
/// <param name="Highlights">
/// What matches in <see cref="Message.Content"/>, in order and without overlaps; at most 20. Empty if the search has no query.
/// </param>
public sealed record MessageHit(Message Message, IReadOnlyList<MessageHighlight> Highlights);

/// <summary>A part of a message's text that matches a search.</summary>
/// <param name="Start">The index of the first UTF-16 code unit.</param>
/// <param name="Length">The number of UTF-16 code units.</param>
public sealed record MessageHighlight(int Start, int Length);

/// <summary>A page of what a search has found, newest first.</summary>
/// <param name="NextCursor">The cursor of the next page; null when everything was searched.</param>
/// <param name="SearchedBackTo">
/// Everything that was sent after this time was searched; null when all messages were.
/// </param>
/// <param name="IsComplete">
/// False when the server stopped before the page was full, because the search took too long. The page can then be short or empty although
/// there are further hits.
/// </param>
public sealed record MessageSearchPage(
    IReadOnlyList<MessageHit> Hits, string? NextCursor, DateTimeOffset? SearchedBackTo, bool IsComplete);
