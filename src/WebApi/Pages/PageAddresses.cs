namespace CleanMessaging.WebApi.Pages;

/// <summary>The addresses at which the web client shows something of its own. All others are none, and stay a 404.</summary>
internal static class PageAddresses
{
    private const string Conversation = "/messages/";

    private static readonly HashSet<string> _addresses =
        ["/", "/sign-in", "/register", "/messages", "/people", "/wallet", "/account", "/admin"];

    public static bool Contain(string path) =>
        _addresses.Contains(path)
        || (path.StartsWith(Conversation, StringComparison.Ordinal) && Guid.TryParseExact(path[Conversation.Length..], "D", out _));
}
