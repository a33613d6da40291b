namespace CleanMessaging.Client;

/// <summary>What a client holds while it is signed in. A secret: it belongs in no log.</summary>
/// <param name="AccessToken">The token of every request.</param>
/// <param name="ExpiresAt">When the access token ends, by the server's clock.</param>
/// <param name="RefreshToken">For the next exchange. The server accepts it again for 30 seconds after that; presenting it later ends the session.</param>
/// <param name="User">Who is signed in.</param>
/// <param name="ExpiredMessages">How many expired messages the server put away at this sign-in.</param>
public sealed record Credentials(string AccessToken, DateTimeOffset ExpiresAt, string RefreshToken, User User, int ExpiredMessages)
{
    /// <summary>Says nothing of the secrets.</summary>
    public override string ToString() => $"{nameof(Credentials)} of {User.Id}";
}
