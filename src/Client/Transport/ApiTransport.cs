using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CleanMessaging.Client;

/// <summary>Asks the API: the one place that sends a request, adds the token, and turns a rejection into an exception.</summary>
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

    /// <summary>What <see cref="ServerClock.Take"/> wants to know of when something was asked.</summary>
    public long Timestamp => _local.GetTimestamp();

    public Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken) => Task.Delay(delay, _local, cancellationToken);

    /// <summary>The same for one user alone: as soon as somebody else is signed in, every request fails as if nobody was.</summary>
    public ApiTransport For(Guid userId) => new(this, userId);

    /// <summary>An access token that holds for a while yet.</summary>
    /// <exception cref="SignedOutException">Nobody is signed in, or the session has ended.</exception>
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
        string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken)
        where TAnswer : class =>
        SignedInAsync(HttpMethod.Put, path, JsonSerializer.Serialize(request, requestType), answerType, [], cancellationToken);

    public Task<TAnswer> PostAnonymouslyAsync<TRequest, TAnswer>(
        string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken)
        where TAnswer : class =>
        SendAsync(HttpMethod.Post, path, JsonSerializer.Serialize(request, requestType), answerType, [], token: null, cancellationToken);

    /// <summary>Asks with a token that the caller has chosen, to the end.</summary>
    public Task<TAnswer> PostWithAsync<TRequest, TAnswer>(
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
            // Rejected although it should hold: the clocks disagree, or the session has ended. An exchange tells which.
            token = await Tokens.InsteadOfAsync(token, _userId, cancellationToken).ConfigureAwait(false);

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

        var (status, text, retryAfter) = await AskAsync(request, cancellationToken).ConfigureAwait(false);
        if ((int)status >= 400)
            throw Problem.Read(text)?.ToException() ?? new ServerUnavailableException(status, retryAfter);

        return Read(status, text, answerType);
    }

    private async Task<(HttpStatusCode Status, string Text, TimeSpan? RetryAfter)> AskAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var asked = _local.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.Headers.Date is { } date)
                Clock.TakeDate(date, asked);

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
            // A proxy's page, or half of an answer.
            throw new ServerUnavailableException(status, retryAfter: null, exception);
        }
    }

    /// <summary>No answer came, and it was not the caller who gave up.</summary>
    private static bool IsUnreachable(Exception exception, CancellationToken cancellationToken) =>
        exception is HttpRequestException or IOException or SocketException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);
}
