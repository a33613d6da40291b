namespace CleanMessaging.Client;

/// <summary>The tokens of a signed-in client. They are secret: do not log them.</summary>
/// <param name="AccessToken">The bearer token of every request.</param>
/// <param name="ExpiresAt">When the access token expires, by the server's clock.</param>
/// <param name="RefreshToken">
/// For the next exchange. The server accepts it again for 30 seconds after that; presenting it later revokes the sign-in.
/// </param>
/// <param name="User">The signed-in user.</param>
/// <param name="ExpiredMessages">How many expired messages the server removed at this sign-in.</param>
public sealed record Credentials(string AccessToken, DateTimeOffset ExpiresAt, string RefreshToken, User User, int ExpiredMessages)
{
    /// <summary>Returns a description without the tokens.</summary>
    public override string ToString() => $"{nameof(Credentials)} of {User.Id}";
}
