using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CleanMessaging.Client;

/// <summary>Sends all requests to the API: adds the access token, and turns an error response into an exception.</summary>
internal sealed partial class ApiTransport
{
    private readonly HttpClient _http;
    private readonly HttpClient _files;
    private readonly TimeProvider _local;
    private readonly Guid? _userId;

    /// <param name="http">For requests with a short answer. It limits their time.</param>
    /// <param name="files">For requests with the bytes of files, without a time limit.</param>
    public ApiTransport(HttpClient http, HttpClient files, ICredentialStore store, TimeProvider local)
    {
        _http = http;
        _files = files;
        _local = local;
        Clock = new ServerClock(local);
        Tokens = new TokenManager(this, store, Clock);
    }

    private ApiTransport(ApiTransport whole, Guid userId)
    {
        _http = whole._http;
        _files = whole._files;
        _local = whole._local;
        _userId = userId;
        Clock = whole.Clock;
        Tokens = whole.Tokens;
    }

    public ServerClock Clock { get; }

    public TokenManager Tokens { get; }

    /// <summary>The local clock.</summary>
    public TimeProvider Local => _local;

    /// <summary>The current timestamp, to pass to <see cref="ServerClock.AddReading"/> as the time of a request.</summary>
    public long Timestamp => _local.GetTimestamp();

    public Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken) => Task.Delay(delay, _local, cancellationToken);

    /// <summary>
    /// Returns a transport for one user. When another user signs in, its requests fail with <see cref="SignedOutException"/>.
    /// </summary>
    public ApiTransport For(Guid userId) => new(this, userId);

    /// <summary>Returns an access token that does not expire soon.</summary>
    /// <exception cref="SignedOutException">No user is signed in, or the sign-in has ended.</exception>
    public ValueTask<string> TokenAsync(CancellationToken cancellationToken) => Tokens.TokenAsync(_userId, cancellationToken);

    public Task<TResponse> GetAsync<TResponse>(QueryText query, JsonTypeInfo<TResponse> responseType, CancellationToken cancellationToken)
        where TResponse : class =>
        SignedInAsync(HttpMethod.Get, query.ToString(), body: null, responseType, [], cancellationToken);

    public Task<TResponse> PostAsync<TResponse>(string path, JsonTypeInfo<TResponse> responseType, CancellationToken cancellationToken)
        where TResponse : class =>
        SignedInAsync(HttpMethod.Post, path, body: null, responseType, [], cancellationToken);

    public Task<TResponse> PostAsync<TRequest, TResponse>(
        string path,
        TRequest request,
        JsonTypeInfo<TRequest> requestType,
        JsonTypeInfo<TResponse> responseType,
        CancellationToken cancellationToken,
        params (string Name, string Value)[] headers)
        where TResponse : class =>
        SignedInAsync(HttpMethod.Post, path, JsonSerializer.Serialize(request, requestType), responseType, headers, cancellationToken);

    public Task<TResponse> PutAsync<TRequest, TResponse>(
        string path,
        TRequest request,
        JsonTypeInfo<TRequest> requestType,
        JsonTypeInfo<TResponse> responseType,
        CancellationToken cancellationToken)
        where TResponse : class =>
        SignedInAsync(HttpMethod.Put, path, JsonSerializer.Serialize(request, requestType), responseType, [], cancellationToken);

    public Task<TResponse> PutAsync<TResponse>(string path, JsonTypeInfo<TResponse> responseType, CancellationToken cancellationToken)
        where TResponse : class =>
        SignedInAsync(HttpMethod.Put, path, body: null, responseType, [], cancellationToken);

    public Task<TResponse> DeleteAsync<TResponse>(string path, JsonTypeInfo<TResponse> responseType, CancellationToken cancellationToken)
        where TResponse : class =>
        SignedInAsync(HttpMethod.Delete, path, body: null, responseType, [], cancellationToken);

    public Task<TResponse> PostAnonymouslyAsync<TRequest, TResponse>(
        string path,
        TRequest request,
        JsonTypeInfo<TRequest> requestType,
        JsonTypeInfo<TResponse> responseType,
        CancellationToken cancellationToken)
        where TResponse : class =>
        SendAsync(HttpMethod.Post, path, JsonSerializer.Serialize(request, requestType), responseType, [], token: null, cancellationToken);

    /// <summary>Sends a request with a token that the caller supplies. The request cannot be canceled.</summary>
    public Task<TResponse> PostWithTokenAsync<TRequest, TResponse>(
        string token, string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TResponse> responseType)
        where TResponse : class =>
        SendAsync(HttpMethod.Post, path, JsonSerializer.Serialize(request, requestType), responseType, [], token, CancellationToken.None);

    private Task<TResponse> SignedInAsync<TResponse>(
        HttpMethod method,
        string path,
        string? body,
        JsonTypeInfo<TResponse> responseType,
        (string Name, string Value)[] headers,
        CancellationToken cancellationToken)
        where TResponse : class =>
        WithTokenAsync(token => SendAsync(method, path, body, responseType, headers, token, cancellationToken), cancellationToken);

    /// <summary>Sends a request with an access token, and once more with a new one if the server rejects the first.</summary>
    private async Task<T> WithTokenAsync<T>(Func<string, Task<T>> send, CancellationToken cancellationToken)
    {
        var token = await TokenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await send(token).ConfigureAwait(false);
        }
        catch (SignedOutException)
        {
            // The server rejected a token that should be valid: the clocks differ, or the sign-in has ended. A token exchange shows which.
            token = await Tokens.ReplaceRejectedTokenAsync(token, _userId, cancellationToken).ConfigureAwait(false);

            return await send(token).ConfigureAwait(false);
        }
    }

    private async Task<TResponse> SendAsync<TResponse>(
        HttpMethod method,
        string path,
        string? body,
        JsonTypeInfo<TResponse> responseType,
        (string Name, string Value)[] headers,
        string? token,
        CancellationToken cancellationToken)
        where TResponse : class
    {
        using var request = new HttpRequestMessage(method, $"api/{path}");
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);

        var (status, text, retryAfter) = await SendRequestAsync(request, cancellationToken).ConfigureAwait(false);
        if ((int)status >= 400)
            throw ProblemReader.Read(text)?.ToException() ?? new ServerUnavailableException(status, retryAfter);

        return Read(status, text, responseType);
    }

    private async Task<(HttpStatusCode Status, string Text, TimeSpan? RetryAfter)> SendRequestAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var requestedAt = _local.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.Headers.Date is { } date)
                Clock.AddDateReading(date, requestedAt);

            return (
                response.StatusCode,
                await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false),
                response.Headers.RetryAfter?.Delta);
        }
        catch (Exception exception) when (IsUnreachable(exception, cancellationToken))
        {
            throw new ServerUnavailableException(exception);
        }
    }

    private static TResponse Read<TResponse>(HttpStatusCode status, string text, JsonTypeInfo<TResponse> responseType)
        where TResponse : class
    {
        try
        {
            var response = JsonSerializer.Deserialize(text, responseType) ?? throw new JsonException("The response is empty.");
            if (response is ICreatable creatable)
                creatable.IsCreated = status == HttpStatusCode.Created;

            return response;
        }
        catch (JsonException exception)
        {
            // A page from a proxy, or an incomplete response.
            throw new ServerUnavailableException(status, retryAfter: null, exception);
        }
    }

    /// <summary>Whether the request failed without a response and the caller did not cancel it.</summary>
    private static bool IsUnreachable(Exception exception, CancellationToken cancellationToken) =>
        exception is HttpRequestException or IOException or SocketException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);
}
