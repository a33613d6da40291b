using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Serialization.Metadata;

namespace CleanMessaging.Client;

/// <content>
/// Requests with the bytes of files, and those that take long. Parts are sent by the tus protocol
/// (https://tus.io/protocols/resumable-upload).
/// </content>
internal sealed partial class ApiTransport
{
    private const string OffsetHeader = "Upload-Offset";

    /// <summary>The time limit of a part of a file. A part that takes longer is sent again, as a smaller one.</summary>
    private static readonly TimeSpan _partTimeout = TimeSpan.FromMinutes(1);

    /// <summary>The time limit until a download begins, and of a request to remove a file.</summary>
    private static readonly TimeSpan _openTimeout = TimeSpan.FromSeconds(15);

    /// <summary>The time limit of the examination of a file. It is longer than the server's own limits.</summary>
    private static readonly TimeSpan _longTimeout = TimeSpan.FromSeconds(90);

    /// <summary>Sends a part of a file; returns the offset that the server has then.</summary>
    public Task<long> PatchBytesAsync(string path, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        WithTokenAsync(
            async token =>
            {
                using var request = NewRequest(HttpMethod.Patch, path, token);
                request.Headers.Add("Tus-Resumable", "1.0.0");
                request.Headers.Add(OffsetHeader, offset.ToString(CultureInfo.InvariantCulture));
                request.Content = new ReadOnlyMemoryContent(bytes);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");

                return await SendFileRequestAsync(request, _partTimeout, ReadOffsetAsync, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken);

    /// <summary>Sends a request whose response may take long.</summary>
    public Task<TResponse> PostLongRunningAsync<TResponse>(
        string path, JsonTypeInfo<TResponse> responseType, CancellationToken cancellationToken)
        where TResponse : class =>
        WithTokenAsync(
            async token =>
            {
                using var request = NewRequest(HttpMethod.Post, path, token);
                var (status, text) = await SendFileRequestAsync(request, _longTimeout, ReadTextAsync, cancellationToken)
                    .ConfigureAwait(false);

                return Read(status, text, responseType);
            },
            cancellationToken);

    /// <summary>Sends a request whose response has no content.</summary>
    public Task DeleteAsync(string path, CancellationToken cancellationToken) => WithTokenAsync(
        async token =>
        {
            using var request = NewRequest(HttpMethod.Delete, path, token);

            return await SendFileRequestAsync(request, _openTimeout, ReadTextAsync, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>Opens a file. The caller disposes the stream.</summary>
    public Task<Stream> OpenAsync(QueryText query, long offset, CancellationToken cancellationToken) => WithTokenAsync(
        async token =>
        {
            using var request = NewRequest(HttpMethod.Get, query.ToString(), token);
            if (offset > 0)
                request.Headers.Range = new RangeHeaderValue(offset, to: null);

            return await SendFileRequestAsync(request, _openTimeout, OpenContentAsync, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    private static HttpRequestMessage NewRequest(HttpMethod method, string path, string token)
    {
        var request = new HttpRequestMessage(method, $"api/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);

        return request;
    }

    private static Task<long> ReadOffsetAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using (response)
        {
            return response.Headers.TryGetValues(OffsetHeader, out var values)
                && long.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
                ? Task.FromResult(offset)
                : throw new ServerUnavailableException(response.StatusCode, retryAfter: null);
        }
    }

    private static async Task<(HttpStatusCode Status, string Text)> ReadTextAsync(
        HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using (response)
            return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Returns the content as a stream, which releases the connection of the response.</summary>
    private static Task<Stream> OpenContentAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        response.Content.ReadAsStreamAsync(cancellationToken);

    /// <summary>Sends a request and reads the response, or throws the error that the response describes.</summary>
    /// <param name="timeout">The time limit until <paramref name="read"/> has returned.</param>
    /// <param name="read">Reads a successful response, and disposes it unless its content is read later.</param>
    private async Task<T> SendFileRequestAsync<T>(
        HttpRequestMessage request,
        TimeSpan timeout,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, _local);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var requestedAt = _local.GetTimestamp();
        try
        {
            var response = await _files.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limited.Token).ConfigureAwait(false);
            if (response.Headers.Date is { } date)
                Clock.AddDateReading(date, requestedAt);
            if (response.IsSuccessStatusCode)
                return await read(response, limited.Token).ConfigureAwait(false);

            using (response)
            {
                var text = await response.Content.ReadAsStringAsync(limited.Token).ConfigureAwait(false);
                throw ProblemReader.Read(text)?.ToException()
                    ?? new ServerUnavailableException(response.StatusCode, response.Headers.RetryAfter?.Delta);
            }
        }
        catch (Exception exception) when (IsUnreachable(exception, cancellationToken))
        {
            throw new ServerUnavailableException(exception);
        }
    }
}
