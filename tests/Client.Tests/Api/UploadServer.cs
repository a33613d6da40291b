using System.Globalization;
using System.Net;
using System.Text.Json;

namespace CleanMessaging.Client.Tests.Api;

/// <summary>A server that receives one upload. A test says what goes wrong with each request.</summary>
internal sealed class UploadServer : HttpMessageHandler
{
    private readonly Lock _gate = new();
    private readonly MemoryStream _received = new();
    private readonly List<string> _requests = [];
    private JsonElement _begun;

    public static readonly Guid UploadId = Given.IdOf(77);

    /// <summary>The maximum length of a part.</summary>
    public long ChunkBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Returns an error in place of the server's own answer; null for none.</summary>
    public Func<string, HttpResponseMessage?> Reject { get; set; } = _ => null;

    /// <summary>Returns how many bytes of a part are kept, and whether the answer is lost.</summary>
    public Func<int, (int Kept, bool IsLost)> Receive { get; set; } = length => (length, false);

    /// <summary>The methods and paths of all requests.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_gate)
                return [.. _requests];
        }
    }

    /// <summary>The lengths of the parts that were sent.</summary>
    public List<int> Parts { get; } = [];

    public byte[] Received => _received.ToArray();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var line = $"{request.Method} {request.RequestUri!.AbsolutePath}";
        lock (_gate)
            _requests.Add(line);
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (Reject(line) is { } rejection)
            return rejection;

        switch (line)
        {
            case "POST /api/uploads":
                return Begin(body);
            case var part when part == $"PATCH /api/uploads/{UploadId}":
                request.Headers.GetValues("Tus-Resumable").ShouldBe(["1.0.0"]);
                request.Content!.Headers.ContentType!.MediaType.ShouldBe("application/offset+octet-stream");

                return Add(long.Parse(request.Headers.GetValues("Upload-Offset").Single(), CultureInfo.InvariantCulture), body);
            case var done when done == $"POST /api/uploads/{UploadId}/complete":
                _received.Length.ShouldBe(_begun.GetProperty("bytes").GetInt64());

                return ScriptedServer.Json($$"""{"success":true,"data":{{Attachment}}}""");
            default:
                return ScriptedServer.Problem(HttpStatusCode.NotFound, "route.not_found");
        }
    }

    private string Attachment =>
        $$"""{"id":"{{UploadId}}","kind":"file","name":"{{_begun.GetProperty("name").GetString()}}","description":null,"contentType":"application/octet-stream","bytes":{{_received.Length}},"width":null,"height":null,"blurhash":null,"durationMs":null,"waveform":null}""";

    private HttpResponseMessage Begin(byte[] body)
    {
        var begun = JsonDocument.Parse(body).RootElement;
        var isNew = _begun.ValueKind == JsonValueKind.Undefined;
        if (!isNew)
            begun.GetProperty("clientUploadId").GetGuid().ShouldBe(_begun.GetProperty("clientUploadId").GetGuid());
        _begun = begun;

        var upload = new Upload(
            UploadId,
            begun.GetProperty("clientUploadId").GetGuid(),
            Given.ConversationId,
            AttachmentKind.File,
            begun.GetProperty("name").GetString()!,
            begun.GetProperty("bytes").GetInt64(),
            _received.Length,
            ChunkBytes,
            UploadState.Receiving,
            BindBefore: Given.Noon.AddDays(1));

        return ScriptedServer.Json(
            JsonSerializer.Serialize(new Envelope<Upload>(Success: true, upload), MessagingJson.Default.EnvelopeUpload),
            isNew ? HttpStatusCode.Created : HttpStatusCode.OK);
    }

    private HttpResponseMessage Add(long offset, byte[] body)
    {
        body.Length.ShouldBeInRange(1, (int)ChunkBytes);
        if (offset != _received.Length)
        {
            return WithOffset(ScriptedServer.Problem(
                HttpStatusCode.Conflict, "attachment.offset_mismatch", more: $"\"offset\":{_received.Length}"));
        }

        Parts.Add(body.Length);
        var (kept, isLost) = Receive(body.Length);
        _received.Write(body, 0, kept);

        return isLost ? throw new HttpRequestException("The answer is lost.") : WithOffset(new HttpResponseMessage(HttpStatusCode.NoContent));
    }

    private HttpResponseMessage WithOffset(HttpResponseMessage answer)
    {
        answer.Headers.Add("Upload-Offset", _received.Length.ToString(CultureInfo.InvariantCulture));

        return answer;
    }
}
