using System.Globalization;
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

    /// <summary>The time limit until a download begins.</summary>
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
                using var response = await SendFileRequestAsync(request, _partTimeout, cancellationToken).ConfigureAwait(false);

                return ReadOffset(response);
            },
            cancellationToken);

    /// <summary>Sends a request whose answer may take long.</summary>
    public Task<TResponse> PostLongRunningAsync<TResponse>(
        string path, JsonTypeInfo<TResponse> responseType, CancellationToken cancellationToken)
        where TResponse : class =>
        WithTokenAsync(
            async token =>
            {
                using var request = NewRequest(HttpMethod.Post, path, token);
                using var response = await SendFileRequestAsync(request, _longTimeout, cancellationToken).ConfigureAwait(false);

                return Read(response.StatusCode, await ReadTextAsync(response, cancellationToken).ConfigureAwait(false), responseType);
            },
            cancellationToken);

    /// <summary>Sends a request whose answer has no content.</summary>
    public Task DeleteAsync(string path, CancellationToken cancellationToken) => WithTokenAsync(
        async token =>
        {
            using var request = NewRequest(HttpMethod.Delete, path, token);
            using var response = await SendFileRequestAsync(request, _openTimeout, cancellationToken).ConfigureAwait(false);

            return response.StatusCode;
        },
        cancellationToken);

    /// <summary>Opens a file. The caller disposes the stream.</summary>
    public Task<Stream> OpenAsync(QueryText query, long offset, CancellationToken cancellationToken) => WithTokenAsync(
        async token =>
        {
            using var request = NewRequest(HttpMethod.Get, query.ToString(), token);
            if (offset > 0)
                request.Headers.Range = new RangeHeaderValue(offset, to: null);
            var response = await SendFileRequestAsync(request, _openTimeout, cancellationToken).ConfigureAwait(false);

            // The stream releases the connection of the response.
            return await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    private static HttpRequestMessage NewRequest(HttpMethod method, string path, string token)
    {
        var request = new HttpRequestMessage(method, $"api/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);

        return request;
    }

    private static long ReadOffset(HttpResponseMessage response) =>
        response.Headers.TryGetValues(OffsetHeader, out var values)
        && long.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : throw new ServerUnavailableException(response.StatusCode, retryAfter: null);

    /// <summary>Returns a response whose content is not read yet, or throws the error that it describes.</summary>
    /// <param name="timeout">The time limit until the response begins.</param>
    private async Task<HttpResponseMessage> SendFileRequestAsync(
        HttpRequestMessage request, TimeSpan timeout, CancellationToken cancellationToken)
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
                return response;

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

    private static async Task<string> ReadTextAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsUnreachable(exception, cancellationToken))
        {
            throw new ServerUnavailableException(exception);
        }
    }
}
