namespace CleanMessaging.Web.Tests.Search;

/// <summary>What a user does and sees in the search in messages.</summary>
internal static class SearchSteps
{
    public const string Address = "**/api/messages/search";

    public static ILocator SearchBox(this Visitor visitor) => visitor.Page.GetByRole(AriaRole.Searchbox);

    public static ILocator SearchPanel(this Visitor visitor) => visitor.Page.GetByRole(AriaRole.Search, new() { Name = "Messages" });

    /// <summary>The messages that were found, newest first.</summary>
    public static ILocator Hits(this Visitor visitor) => visitor.SearchPanel().Locator(".hit");

    /// <summary>The row that the page points out for a moment, and which gets the focus.</summary>
    public static ILocator PointedOut(this Visitor visitor) => visitor.Log.Locator(".message.pointed-out");

    /// <summary>The result in words for screen readers.</summary>
    public static ILocator SearchStatus(this Visitor visitor) => visitor.SearchPanel().GetByRole(AriaRole.Status);

    /// <summary>Opens the search in the conversation with its menu, which also phones have.</summary>
    public static async Task SearchHereAsync(this Visitor visitor)
    {
        await visitor.Button("Conversation actions").ClickAsync();
        await visitor.Button("Search…").ClickAsync();
        await Expect(visitor.SearchBox()).ToBeFocusedAsync();
    }
}
