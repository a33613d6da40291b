using Microsoft.Extensions.Logging.Abstractions;

namespace CleanMessaging.Client;

/// <summary>
/// One user's way to a CleanMessaging server. Every call sends one request with a token that holds, exchanging it in time, and answers with
/// what the server said or throws a <see cref="MessagingException"/>. For conversations that keep themselves in step, open a
/// <see cref="MessagingSession"/> on it. All members can be used from several threads.
/// </summary>
public sealed class MessagingClient : IDisposable
{
    /// <summary>Longer than the server ever takes for an answer, which is 6 seconds.</summary>
    private static readonly TimeSpan _answerLimit = TimeSpan.FromSeconds(10);

    /// <summary>After which a connection is made anew, so that a client that runs for months sees when the server's name leads elsewhere.</summary>
    private static readonly TimeSpan _connectionLifetime = TimeSpan.FromMinutes(5);

    private readonly HttpClient _http;

    /// <summary>A client of the server at an address. Sends nothing yet.</summary>
    /// <param name="address">Where the server is, for example <c>https://chat.example.com</c>; a path belongs to it, if there is one.</param>
    /// <param name="credentials">Where the sign-in is kept; in memory when null.</param>
    /// <param name="handler">What sends the requests; the platform's own when null. Not disposed with the client.</param>
    /// <param name="clock">The system's when null.</param>
    public MessagingClient(Uri address, ICredentialStore? credentials = null, HttpMessageHandler? handler = null, TimeProvider? clock = null)
    {
        _http = handler is null ? new HttpClient(NewHandler()) : new HttpClient(handler, disposeHandler: false);
        _http.BaseAddress = Address = address.AbsoluteUri.EndsWith('/') ? address : new Uri($"{address.AbsoluteUri}/");
        _http.Timeout = _answerLimit;
        Clock = clock ?? TimeProvider.System;
        Api = new ApiTransport(_http, credentials ?? new MemoryCredentialStore(), Clock);
        Accounts = new AccountsClient(Api);
        Users = new UsersClient(Api);
        Conversations = new ConversationsClient(Api);
        Messages = new MessagesClient(Api);
        Wallet = new WalletClient(Api);
        Administration = new AdministrationClient(Api);
        Api.Tokens.Ended += () => Listeners.Notify(SignedOut, NullLogger.Instance);
    }

    /// <summary>Raised when the session has ended without a log-out of this client: by the server, or by another client of the same store.</summary>
    public event Action? SignedOut;

    /// <summary>Who is signed in; null when nobody is.</summary>
    public User? User => Api.Tokens.User;

    /// <summary>What the server's clock shows now, as far as answers have told.</summary>
    public DateTimeOffset ServerTime => Api.Clock.Now;

    /// <summary>Signing in and out.</summary>
    public AccountsClient Accounts { get; }

    /// <summary>Whom one can talk to.</summary>
    public UsersClient Users { get; }

    /// <summary>The user's conversations.</summary>
    public ConversationsClient Conversations { get; }

    /// <summary>Reading and sending.</summary>
    public MessagesClient Messages { get; }

    /// <summary>The user's points.</summary>
    public WalletClient Wallet { get; }

    /// <summary>What an Admin can do.</summary>
    public AdministrationClient Administration { get; }

    internal Uri Address { get; }

    internal TimeProvider Clock { get; }

    internal ApiTransport Api { get; }

    /// <summary>Ends requests under way.</summary>
    public void Dispose() => _http.Dispose();

    private static HttpMessageHandler NewHandler() =>
        OperatingSystem.IsBrowser() ? new HttpClientHandler() : new SocketsHttpHandler { PooledConnectionLifetime = _connectionLifetime };
}
