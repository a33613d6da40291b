namespace CleanMessaging.WebClient.Search;

/// <summary>The conditions of a search that the user has chosen in addition to the text.</summary>
/// <param name="HasFiles">Only messages with files.</param>
/// <param name="FirstDay">The first calendar day, as a date field has it; empty for any.</param>
/// <param name="LastDay">The last calendar day, as a date field has it; empty for any.</param>
public sealed record SearchFilter(
    bool HasFiles = false, SearchSender Sender = SearchSender.Anyone, string FirstDay = "", string LastDay = "")
{
    public static readonly SearchFilter None = new();

    /// <summary>The number of conditions.</summary>
    public int Count =>
        (HasFiles ? 1 : 0) + (Sender == SearchSender.Anyone ? 0 : 1) + (FirstDay.Length > 0 ? 1 : 0) + (LastDay.Length > 0 ? 1 : 0);
}

/// <summary>Who sent the messages.</summary>
public enum SearchSender
{
    Anyone,
    Me,
    Other,
}
