namespace CleanMessaging.WebClient.Shell;

/// <summary>Where in the application things are; the server knows the same ones.</summary>
internal static class Addresses
{
    public const string Home = "/";
    public const string SignIn = "/sign-in";
    public const string Register = "/register";
    public const string Messages = "/messages";
    public const string People = "/people";
    public const string Wallet = "/wallet";
    public const string Account = "/account";
    public const string Admin = "/admin";

    public static string OfConversation(Guid conversationId) => $"{Messages}/{conversationId}";

    /// <summary>The sign-in page, from which one comes back to where one wanted to go.</summary>
    public static string SignInFor(string path) => path is Home ? SignIn : $"{SignIn}?to={Uri.EscapeDataString(path)}";

    /// <summary>Where somebody wanted to go, if that is within the application; <see cref="Home"/> otherwise.</summary>
    /// <param name="root">Where the application begins.</param>
    public static string Wanted(string? to, string root)
    {
        // What browsers read otherwise than it is written: they drop tabs and line ends, and take a backslash, or any number of slashes, for two.
        if (!(to is ['/', ..] and not ['/', '/', ..]) || to.Any(character => char.IsControl(character) || character == '\\'))
            return Home;

        var application = new Uri(root);

        return Uri.TryCreate(application, to, out var wanted) && application.IsBaseOf(wanted) ? to : Home;
    }
}
