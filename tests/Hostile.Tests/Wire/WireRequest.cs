using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace CleanMessaging.Hostile.Tests.Wire;

/// <summary>An HTTP/1.1 request as raw bytes, including requests that no client library sends.</summary>
internal sealed record WireRequest(string Method, string Target)
{
    public ImmutableList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>The body, sent unchanged. A Content-Length header is added unless a header already frames the body.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    public WireRequest With(string name, string value) => this with { Headers = Headers.Add((name, value)) };

    public WireRequest Without(string name) => this with { Headers = Headers.RemoveAll(header => IsNamed(header, name)) };

    public WireRequest WithToken(string token) => With("Authorization", $"Bearer {token}");

    public WireRequest WithJson(string json) => WithJson(Encoding.UTF8.GetBytes(json));

    public WireRequest WithJson(byte[] json) => Without("Content-Type").With("Content-Type", "application/json") with { Body = json };

    /// <summary>Returns the request with the body in one chunk, so that the server does not know its length in advance.</summary>
    public WireRequest InChunks()
    {
        var body = Body ?? throw new InvalidOperationException("There is no body.");
        var size = body.Length.ToString("x", CultureInfo.InvariantCulture);

        return With("Transfer-Encoding", "chunked") with { Body = (byte[])[.. Bytes($"{size}\r\n"), .. body.Span, .. Bytes("\r\n0\r\n\r\n")] };
    }

    public byte[] ToBytes()
    {
        var head = new StringBuilder($"{Method} {Target} HTTP/1.1\r\n");
        if (!Has("Host"))
            head.Append("Host: localhost\r\n");
        foreach (var (name, value) in Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (Body is { } framed && !Has("Content-Length") && !Has("Transfer-Encoding"))
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {framed.Length}\r\n");
        head.Append("\r\n");

        return Body is { } body ? [.. Bytes(head.ToString()), .. body.Span] : Bytes(head.ToString());
    }

    private bool Has(string name) => Headers.Exists(header => IsNamed(header, name));

    private static bool IsNamed((string Name, string Value) header, string name) =>
        header.Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes one byte per character, so that a test can write any byte.</summary>
    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
