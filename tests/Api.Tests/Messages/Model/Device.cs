using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages.Model;

/// <summary>A device of a user, with a session and a hub connection of its own. Its access token follows the test clock.</summary>
internal sealed class Device(ApiServer server, string name, string email) : IAsyncDisposable
{
    private static readonly TimeSpan _lifetime = TimeSpan.FromMinutes(58);

    private TestUser? _user;
    private TestConnection? _connection;
    private DateTimeOffset _loggedInAt;

    /// <summary>Whether the clock has left the lifetime of the access token. Then the server closes the connection, also if the clock returns.</summary>
    private bool _isOutdated;

    public string Name { get; } = name;

    public void FollowClock(DateTimeOffset now) => _isOutdated |= now < _loggedInAt || now >= _loggedInAt + _lifetime;

    public async Task<TestUser> UserAsync()
    {
        if (_user is not null && !_isOutdated)
            return _user;

        await DisposeAsync();
        _loggedInAt = server.Clock.GetUtcNow();
        _isOutdated = false;

        return _user = await server.LogInAsync(email);
    }

    public async Task<TestConnection> ConnectionAsync()
    {
        var user = await UserAsync();

        return _connection ??= await user.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();

        _connection = null;
        _user?.Client.Dispose();
        _user = null;
    }
}
