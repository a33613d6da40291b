using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CleanMessaging.Client;

/// <summary>Sends all requests to the API: adds the access token, and turns an error answer into an exception.</summary>
internal sealed class ApiTransport
{
    private readonly HttpClient _http;
    private readonly TimeProvider _local;
    private readonly Guid? _userId;

    public ApiTransport(HttpClient http, ICredentialStore store, TimeProvider local)
    {
        _http = http;
        _local = local;
        Clock = new ServerClock(local);
        Tokens = new TokenManager(this, store, Clock);
    }

    private ApiTransport(ApiTransport whole, Guid userId)
    {
        _http = whole._http;
        _local = whole._local;
        _userId = userId;
        Clock = whole.Clock;
        Tokens = whole.Tokens;
    }

    public ServerClock Clock { get; }

    public TokenManager Tokens { get; }

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

    public Task<TAnswer> GetAsync<TAnswer>(QueryText query, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken)
        where TAnswer : class =>
        SignedInAsync(HttpMethod.Get, query.ToString(), body: null, answerType, [], cancellationToken);

    public Task<TAnswer> PostAsync<TAnswer>(string path, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken)
        where TAnswer : class =>
        SignedInAsync(HttpMethod.Post, path, body: null, answerType, [], cancellationToken);

    public Task<TAnswer> PostAsync<TRequest, TAnswer>(
        string path,
        TRequest request,
        JsonTypeInfo<TRequest> requestType,
        JsonTypeInfo<TAnswer> answerType,
        CancellationToken cancellationToken,
        params (string Name, string Value)[] headers)
        where TAnswer : class =>
        SignedInAsync(HttpMethod.Post, path, JsonSerializer.Serialize(request, requestType), answerType, headers, cancellationToken);

    public Task<TAnswer> PutAsync<TRequest, TAnswer>(
        string path,
        TRequest request,
        JsonTypeInfo<TRequest> requestType,
        JsonTypeInfo<TAnswer> answerType,
        CancellationToken cancellationToken)
        where TAnswer : class =>
        SignedInAsync(HttpMethod.Put, path, JsonSerializer.Serialize(request, requestType), answerType, [], cancellationToken);

    public Task<TAnswer> PostAnonymouslyAsync<TRequest, TAnswer>(
        string path,
        TRequest request,
        JsonTypeInfo<TRequest> requestType,
        JsonTypeInfo<TAnswer> answerType,
        CancellationToken cancellationToken)
        where TAnswer : class =>
        SendAsync(HttpMethod.Post, path, JsonSerializer.Serialize(request, requestType), answerType, [], token: null, cancellationToken);

    /// <summary>Sends a request with a token that the caller supplies. The request cannot be canceled.</summary>
    public Task<TAnswer> PostWithTokenAsync<TRequest, TAnswer>(
        string token, string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TAnswer> answerType)
        where TAnswer : class =>
        SendAsync(HttpMethod.Post, path, JsonSerializer.Serialize(request, requestType), answerType, [], token, CancellationToken.None);

    private async Task<TAnswer> SignedInAsync<TAnswer>(
        HttpMethod method,
        string path,
        string? body,
        JsonTypeInfo<TAnswer> answerType,
        (string Name, string Value)[] headers,
        CancellationToken cancellationToken)
        where TAnswer : class
    {
        var token = await TokenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await SendAsync(method, path, body, answerType, headers, token, cancellationToken).ConfigureAwait(false);
        }
        catch (SignedOutException)
        {
            // The server rejected a token that should be valid: the clocks differ, or the sign-in has ended. A token exchange shows which.
            token = await Tokens.ReplaceRejectedTokenAsync(token, _userId, cancellationToken).ConfigureAwait(false);

            return await SendAsync(method, path, body, answerType, headers, token, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<TAnswer> SendAsync<TAnswer>(
        HttpMethod method,
        string path,
        string? body,
        JsonTypeInfo<TAnswer> answerType,
        (string Name, string Value)[] headers,
        string? token,
        CancellationToken cancellationToken)
        where TAnswer : class
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

        return Read(status, text, answerType);
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

    private static TAnswer Read<TAnswer>(HttpStatusCode status, string text, JsonTypeInfo<TAnswer> answerType)
        where TAnswer : class
    {
        try
        {
            var answer = JsonSerializer.Deserialize(text, answerType) ?? throw new JsonException("The answer is empty.");
            if (answer is ICreatable creatable)
                creatable.IsCreated = status == HttpStatusCode.Created;

            return answer;
        }
        catch (JsonException exception)
        {
            // A page from a proxy, or an incomplete answer.
            throw new ServerUnavailableException(status, retryAfter: null, exception);
        }
    }

    /// <summary>Whether the request failed without an answer and the caller did not cancel it.</summary>
    private static bool IsUnreachable(Exception exception, CancellationToken cancellationToken) =>
        exception is HttpRequestException or IOException or SocketException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);
}
