namespace CleanMessaging.WebClient.Shell;

/// <summary>The addresses of the pages, relative to the base path. The server serves the page at the same addresses.</summary>
internal static class Addresses
{
    public const string Home = "./";
    public const string SignInAddress = "sign-in";
    public const string Register = "register";
    public const string Messages = "messages";
    public const string People = "people";
    public const string Wallet = "wallet";
    public const string Account = "account";
    public const string Admin = "admin";

    public static string OfConversation(Guid conversationId) => $"{Messages}/{conversationId}";

    /// <summary>Returns the address of the sign-in page, which redirects to the wanted address after the sign-in.</summary>
    /// <param name="wanted">The wanted address, relative to the base path; empty or <see cref="Home"/> for the start page.</param>
    public static string SignInFor(string wanted) =>
        wanted is "" or Home ? SignInAddress : $"{SignInAddress}?to={Uri.EscapeDataString($"/{wanted}")}";

    /// <summary>Returns the wanted address if it is within the application; otherwise <see cref="Home"/>.</summary>
    /// <param name="to">
    /// The parameter that <see cref="SignInFor"/> wrote: the address after a slash, which stands for the base path.
    /// </param>
    /// <param name="root">The base address of the application.</param>
    public static string Wanted(string? to, string root)
    {
        // Browsers normalize these: they drop tabs and line ends, and treat a backslash or any number of slashes as two slashes.
        if (!(to is ['/', ..] and not ['/', '/', ..]) || to.Any(character => char.IsControl(character) || character == '\\'))
            return Home;

        var (application, address) = (new Uri(root), $".{to}");

        return Uri.TryCreate(application, address, out var wanted) && application.IsBaseOf(wanted) ? address : Home;
    }
}
