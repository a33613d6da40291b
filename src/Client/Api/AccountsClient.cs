using System.Text.Json.Serialization.Metadata;

namespace CleanMessaging.Client;

/// <summary>Registers users, and signs them in and out.</summary>
public sealed class AccountsClient
{
    private readonly ApiTransport _api;

    internal AccountsClient(ApiTransport api) => _api = api;

    /// <summary>Creates an account, and signs in with it.</summary>
    /// <param name="email">The user's e-mail address, which is also the login name.</param>
    /// <param name="password">8 to 128 characters.</param>
    /// <param name="displayName">The name that others see: 1 to 100 characters, none of them invisible.</param>
    /// <param name="role">Investor or Startup; it cannot be changed later.</param>
    /// <exception cref="InvalidRequestException">A member fails validation.</exception>
    /// <exception cref="MessagingException"><c>user.email_taken</c></exception>
    public Task<User> RegisterAsync(
        string email, string password, string displayName, UserRole role, CancellationToken cancellationToken = default) =>
        SignInAsync(
            "register", new RegisterRequest(email, password, displayName, role), MessagingJson.Default.RegisterRequest, cancellationToken);

    /// <summary>Signs in with a password.</summary>
    /// <exception cref="MessagingException"><c>auth.invalid_credentials</c>, <c>auth.too_many_attempts</c></exception>
    public Task<User> LogInAsync(string email, string password, CancellationToken cancellationToken = default) =>
        SignInAsync("login", new LogInRequest(email, password), MessagingJson.Default.LogInRequest, cancellationToken);

    /// <summary>Restores an earlier sign-in from the credential store. Sends no request.</summary>
    /// <returns>The signed-in user; null when the store has no credentials.</returns>
    public Task<User?> RestoreAsync(CancellationToken cancellationToken = default) => _api.Tokens.RestoreAsync(cancellationToken);

    /// <summary>Exchanges the refresh token now. Usually not needed: every call exchanges an expiring token by itself.</summary>
    /// <exception cref="SignedOutException">The sign-in has expired or was revoked.</exception>
    public Task RefreshAsync(CancellationToken cancellationToken = default) => _api.Tokens.RefreshAsync(cancellationToken);

    /// <summary>
    /// Changes the password. The server revokes all other sign-ins of the user; this client continues with a new one.
    /// </summary>
    /// <param name="newPassword">8 to 128 characters.</param>
    /// <exception cref="MessagingException"><c>auth.wrong_password</c>, <c>auth.no_password</c>, <c>auth.too_many_attempts</c></exception>
    /// <exception cref="SignedOutException">No user is signed in.</exception>
    public Task ChangePasswordAsync(string currentPassword, string newPassword, CancellationToken cancellationToken = default) =>
        _api.Tokens.ReplaceAsync(
            token => _api.PostWithTokenAsync(
                token,
                "auth/password",
                new ChangePasswordRequest(currentPassword, newPassword),
                MessagingJson.Default.ChangePasswordRequest,
                MessagingJson.Default.EnvelopeCredentials),
            cancellationToken);

    /// <summary>
    /// Revokes the sign-in and deletes its credentials. The credentials are deleted even when the server cannot be reached.
    /// </summary>
    public async Task LogOutAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await _api.PostAsync("auth/logout", MessagingJson.Default.EnvelopeNothing, cancellationToken).ConfigureAwait(false);
        }
        catch (MessagingException)
        {
            // The sign-in is already revoked, or expires by itself: the access token is valid for minutes, and the refresh token is deleted
            // here.
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
