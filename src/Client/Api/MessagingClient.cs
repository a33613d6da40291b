using Microsoft.Extensions.Logging.Abstractions;

namespace CleanMessaging.Client;

/// <summary>
/// Calls the REST API of a CleanMessaging server for one user. Every call sends a request with a valid access token, which the client
/// refreshes before it expires. A call returns the server's response or throws a <see cref="MessagingException"/>. To synchronize
/// conversations automatically, open a <see cref="MessagingSession"/>. All members are thread-safe.
/// </summary>
public sealed class MessagingClient : IDisposable
{
    /// <summary>The timeout of a request. It is longer than the server's own limit of 6 seconds for a response.</summary>
    private static readonly TimeSpan _requestTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The lifetime of a pooled connection. Later requests open a new one, so that a long-running client follows DNS changes.
    /// </summary>
    private static readonly TimeSpan _connectionLifetime = TimeSpan.FromMinutes(5);

    private readonly HttpClient _http;
    private readonly HttpClient _files;

    /// <summary>Creates a client of the server at an address. Sends no request.</summary>
    /// <param name="address">
    /// The server's base address, for example <c>https://chat.example.com</c>, including the path if there is one.
    /// </param>
    /// <param name="credentials">Stores the sign-in; in memory when null.</param>
    /// <param name="handler">Sends the requests; the platform's default handler when null. The client does not dispose it.</param>
    /// <param name="clock">The system clock when null.</param>
    public MessagingClient(
        Uri address, ICredentialStore? credentials = null, HttpMessageHandler? handler = null, TimeProvider? clock = null)
    {
        _http = handler is null ? new HttpClient(handler = NewHandler()) : new HttpClient(handler, disposeHandler: false);
        _http.BaseAddress = Address = address.AbsoluteUri.EndsWith('/') ? address : new Uri($"{address.AbsoluteUri}/");
        _http.Timeout = _requestTimeout;

        // The bytes of a file take as long as the connection needs. Each request for them has a time limit of its own.
        _files = new HttpClient(handler, disposeHandler: false) { BaseAddress = Address, Timeout = Timeout.InfiniteTimeSpan };
        Clock = clock ?? TimeProvider.System;
        Api = new ApiTransport(_http, _files, credentials ?? new MemoryCredentialStore(), Clock);
        Accounts = new AccountsClient(Api);
        Users = new UsersClient(Api);
        Conversations = new ConversationsClient(Api);
        Messages = new MessagesClient(Api);
        Attachments = new AttachmentsClient(Api);
        Wallet = new WalletClient(Api);
        Administration = new AdministrationClient(Api);
        Api.Tokens.Ended += () => Listeners.Notify(SignedOut, NullLogger.Instance);
    }

    /// <summary>
    /// Raised when the sign-in has ended without a log-out by this client: the server or another client of the same store ended it.
    /// </summary>
    public event Action? SignedOut;

    /// <summary>The signed-in user; null when no user is signed in.</summary>
    public User? User => Api.Tokens.User;

    /// <summary>The server's current time, estimated from the responses so far.</summary>
    public DateTimeOffset ServerTime => Api.Clock.Now;

    /// <summary>Registers users, and signs them in and out.</summary>
    public AccountsClient Accounts { get; }

    /// <summary>Finds the users that the signed-in user can start a conversation with.</summary>
    public UsersClient Users { get; }

    /// <summary>The user's conversations.</summary>
    public ConversationsClient Conversations { get; }

    /// <summary>Reads and sends messages.</summary>
    public MessagesClient Messages { get; }

    /// <summary>Uploads, downloads and lists the files of messages.</summary>
    public AttachmentsClient Attachments { get; }

    /// <summary>The user's points.</summary>
    public WalletClient Wallet { get; }

    /// <summary>The operations of an Admin.</summary>
    public AdministrationClient Administration { get; }

    internal Uri Address { get; }

    internal TimeProvider Clock { get; }

    internal ApiTransport Api { get; }

    /// <summary>Cancels pending requests and releases the connections.</summary>
    public void Dispose()
    {
        _files.Dispose();
        _http.Dispose();
    }

    private static HttpMessageHandler NewHandler() =>
        OperatingSystem.IsBrowser() ? new HttpClientHandler() : new SocketsHttpHandler { PooledConnectionLifetime = _connectionLifetime };
}
