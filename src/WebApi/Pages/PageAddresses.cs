namespace CleanMessaging.WebApi.Pages;

/// <summary>The routes of the web client's pages. All other addresses return 404.</summary>
internal static class PageAddresses
{
    private const string Conversation = "/messages/";

    private static readonly HashSet<string> _addresses =
        ["/", "/sign-in", "/register", "/messages", "/people", "/wallet", "/account", "/admin"];

    public static bool Contain(string path) =>
        _addresses.Contains(path)
        || (path.StartsWith(Conversation, StringComparison.Ordinal) && Guid.TryParseExact(path[Conversation.Length..], "D", out _));
}
