namespace CleanMessaging.WebClient.SignedIn;

/// <summary>The price that a user has agreed to pay for a message.</summary>
/// <param name="Points">The highest price of a message, in points.</param>
/// <param name="Until">When the free messages are reset. After that, the user has to agree again.</param>
internal sealed record AgreedPrice(long Points, DateTimeOffset Until);
