using System.Net;
using System.Net.Sockets;
using System.Text;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Infrastructure.Attachments.Storage;

namespace CleanMessaging.Api.Tests.Attachments.Storage;

/// <summary>Tests answers of a bucket that a real server gives only when it fails.</summary>
public sealed class ScriptedBucketTests
{
    private const int Chunk = 64 * 1024;

    private static readonly byte[] _content = StoreFolder.Content(3 * Chunk);

    private int _requests;

    [Theory]
    [InlineData("403 Forbidden", "AccessDenied", 1)]
    [InlineData("404 Not Found", "NoSuchBucket", 1)]
    [InlineData("500 Internal Server Error", "InternalError", 3)]
    [InlineData("503 Service Unavailable", "SlowDown", 3)]
    public async Task Read_AnsweredWithAnError_IsUnavailableAfterItsAttempts(string status, string code, int requests)
    {
        await Should.ThrowAsync<AttachmentUnavailableException>(() => ReadAsync(_ => ErrorOf(status, code)));

        _requests.ShouldBe(requests);
    }

    [Theory]
    [InlineData("404 Not Found", "NoSuchKey")]
    [InlineData("416 Range Not Satisfiable", "InvalidRange")]
    public async Task Read_OfAMissingObject_IsCorrupt(string status, string code)
    {
        await Should.ThrowAsync<AttachmentCorruptException>(() => ReadAsync(_ => ErrorOf(status, code)));

        _requests.ShouldBe(1);
    }

    /// <summary>The connection breaks after half an answer.</summary>
    [Fact]
    public async Task Read_AnsweredByHalf_IsUnavailableAfterTheFirstChunks()
    {
        var read = new MemoryStream();

        await Should.ThrowAsync<AttachmentUnavailableException>(
            () => ReadAsync(stored => AnswerOf("206 Partial Content", stored, stored.Length / 2), read));

        read.ToArray().ShouldBe(_content[..Chunk]);
        _requests.ShouldBe(1);
    }

    /// <summary>A proxy that ignores the range sends the whole object.</summary>
    [Fact]
    public async Task Read_OfARangeAnsweredWithTheWholeObject_IsUnavailable()
    {
        await Should.ThrowAsync<AttachmentUnavailableException>(
            () => ReadAsync(stored => AnswerOf("200 OK", stored, stored.Length), offset: Chunk));

        _requests.ShouldBe(1);
    }

    [Fact]
    public async Task Read_AnsweredTooSlowly_IsUnavailableAfterTheFirstChunk()
    {
        var read = new MemoryStream();

        await Should.ThrowAsync<AttachmentUnavailableException>(
            () => ReadAsync(stored => AnswerOf("206 Partial Content", stored, Chunk + 100), read, keepsOpen: true));

        read.ToArray().ShouldBe(_content[..Chunk]);
        _requests.ShouldBe(1);
    }

    /// <summary>Reads the object from a server that answers each request in the same way, and writes what was read to a stream.</summary>
    private async Task ReadAsync(Func<byte[], byte[]> answerOf, MemoryStream? read = null, long offset = 0, bool keepsOpen = false)
    {
        using var folder = new StoreFolder();
        var file = await StoredFile.WriteAsync(folder.Store, _content);
        var answer = answerOf(await File.ReadAllBytesAsync(folder.FileOf(file.Stored.Id), TestContext.Current.CancellationToken));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, answer, keepsOpen, ending.Token);
        try
        {
            using var storage = new BucketStorage(new BucketOptions
            {
                Endpoint = $"http://{listener.LocalEndpoint}",
                Bucket = "bucket",
                AccessKey = "id",
                SecretKey = "secret",
            });
            var store = StoreFolder.StoreOf(storage, StoreFolder.RingOf("one"), wait: TimeSpan.FromSeconds(keepsOpen ? 3 : 10));
            await using var stream = await store.OpenReadAsync(
                file.Id, file.Key, file.Stored, offset, _content.Length - offset, TestContext.Current.CancellationToken);
            await stream.CopyToAsync(read ?? new MemoryStream(), TestContext.Current.CancellationToken);
        }
        finally
        {
            await ending.CancelAsync();
            await serving;
        }
    }

    private async Task ServeAsync(TcpListener listener, byte[] answer, bool keepsOpen, CancellationToken ending)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(ending);
                var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                (await reader.ReadLineAsync(ending)).ShouldNotBeNull().ShouldStartWith("GET /bucket/");
                _requests++;
                while (await reader.ReadLineAsync(ending) is { Length: > 0 })
                {
                }

                await stream.WriteAsync(answer, ending);
                if (keepsOpen)
                    await Task.Delay(Timeout.Infinite, ending);
            }
        }
        catch (OperationCanceledException)
        {
            // The test has ended.
        }
    }

    private static byte[] ErrorOf(string status, string code)
    {
        var body = $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>No.</Message></Error>";

        return Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");
    }

    private static byte[] AnswerOf(string status, byte[] stored, int sent)
    {
        var head = $"HTTP/1.1 {status}\r\nContent-Type: application/octet-stream\r\nContent-Length: {stored.Length}\r\nConnection: close\r\n\r\n";

        return [.. Encoding.ASCII.GetBytes(head), .. stored[..sent]];
    }
}
