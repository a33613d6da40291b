namespace CleanMessaging.WebClient.Shell;

/// <summary>Where in the application things are, relative to where it is served; the server knows the same ones.</summary>
internal static class Addresses
{
    public const string Home = "./";
    public const string SignIn = "sign-in";
    public const string Register = "register";
    public const string Messages = "messages";
    public const string People = "people";
    public const string Wallet = "wallet";
    public const string Account = "account";
    public const string Admin = "admin";

    public static string OfConversation(Guid conversationId) => $"{Messages}/{conversationId}";

    /// <summary>The sign-in page, from which one comes back to where one wanted to go.</summary>
    /// <param name="wanted">Relative to where the application is served; empty or <see cref="Home"/> for its beginning.</param>
    public static string SignInFor(string wanted) => wanted is "" or Home ? SignIn : $"{SignIn}?to={Uri.EscapeDataString($"/{wanted}")}";

    /// <summary>Where somebody wanted to go, if that is within the application; <see cref="Home"/> otherwise.</summary>
    /// <param name="to">As <see cref="SignInFor"/> wrote it: after a slash, which stands for where the application is served.</param>
    /// <param name="root">Where the application begins.</param>
    public static string Wanted(string? to, string root)
    {
        // What browsers read otherwise than it is written: they drop tabs and line ends, and take a backslash, or any number of slashes, for two.
        if (!(to is ['/', ..] and not ['/', '/', ..]) || to.Any(character => char.IsControl(character) || character == '\\'))
            return Home;

        var (application, address) = (new Uri(root), $".{to}");

        return Uri.TryCreate(application, address, out var wanted) && application.IsBaseOf(wanted) ? address : Home;
    }
}
