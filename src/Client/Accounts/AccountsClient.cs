using System.Text.Json.Serialization.Metadata;

namespace CleanMessaging.Client;

/// <summary>Signing in and out.</summary>
public sealed class AccountsClient
{
    private readonly ApiTransport _api;

    internal AccountsClient(ApiTransport api) => _api = api;

    /// <summary>Makes an account, and signs in with it.</summary>
    /// <param name="email">Where the user can be reached; also their name at login.</param>
    /// <param name="password">8 to 128 characters.</param>
    /// <param name="displayName">The name that others see: 1 to 100 characters, none of them invisible.</param>
    /// <param name="role">Investor or Startup; it cannot be changed later.</param>
    /// <exception cref="InvalidRequestException">A member breaks a rule of form.</exception>
    /// <exception cref="MessagingException"><c>user.email_taken</c></exception>
    public Task<User> RegisterAsync(string email, string password, string displayName, UserRole role, CancellationToken cancellationToken = default) =>
        SignInAsync("register", new RegisterRequest(email, password, displayName, role), MessagingJson.Default.RegisterRequest, cancellationToken);

    /// <summary>Signs in with a password.</summary>
    /// <exception cref="MessagingException"><c>auth.invalid_credentials</c>, <c>auth.too_many_attempts</c></exception>
    public Task<User> LogInAsync(string email, string password, CancellationToken cancellationToken = default) =>
        SignInAsync("login", new LogInRequest(email, password), MessagingJson.Default.LogInRequest, cancellationToken);

    /// <summary>Goes on with what the credential store has of an earlier sign-in. Asks nothing of the server.</summary>
    /// <returns>Who is signed in; null when nobody is.</returns>
    public Task<User?> RestoreAsync(CancellationToken cancellationToken = default) => _api.Tokens.RestoreAsync(cancellationToken);

    /// <summary>Exchanges the refresh token now. Not needed: every call does so in time by itself.</summary>
    /// <exception cref="SignedOutException">The session has ended.</exception>
    public Task RefreshAsync(CancellationToken cancellationToken = default) => _api.Tokens.RefreshAsync(cancellationToken);

    /// <summary>Replaces the password. Every other session of the user ends; this client goes on with a new one.</summary>
    /// <param name="newPassword">8 to 128 characters.</param>
    /// <exception cref="MessagingException"><c>auth.wrong_password</c>, <c>auth.no_password</c>, <c>auth.too_many_attempts</c></exception>
    /// <exception cref="SignedOutException">Nobody is signed in.</exception>
    public Task ChangePasswordAsync(string currentPassword, string newPassword, CancellationToken cancellationToken = default) =>
        _api.Tokens.ReplaceAsync(
            token => _api.PostWithAsync(
                token,
                "auth/password",
                new ChangePasswordRequest(currentPassword, newPassword),
                MessagingJson.Default.ChangePasswordRequest,
                MessagingJson.Default.EnvelopeCredentials),
            cancellationToken);

    /// <summary>Ends the session and forgets its credentials, also when the server cannot be told.</summary>
    public async Task LogOutAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await _api.PostAsync("auth/logout", MessagingJson.Default.EnvelopeNothing, cancellationToken).ConfigureAwait(false);
        }
        catch (MessagingException)
        {
            // Over already, or to end by itself: an access token holds for minutes, and nobody has the refresh token any more.
        }
        finally
        {
            await _api.Tokens.SignOutAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<User> SignInAsync<TRequest>(
        string route, TRequest request, JsonTypeInfo<TRequest> requestType, CancellationToken cancellationToken)
    {
        var signedIn = await _api.PostAnonymouslyAsync(
            $"auth/{route}", request, requestType, MessagingJson.Default.EnvelopeCredentials, cancellationToken).ConfigureAwait(false);
        await _api.Tokens.SignInAsync(signedIn.Data, cancellationToken).ConfigureAwait(false);

        return signedIn.Data.User;
    }
}
