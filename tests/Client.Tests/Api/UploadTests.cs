using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Client.Tests.Api;

/// <summary>Tests that the bytes of a file reach the server once and in order over any connection.</summary>
public sealed class UploadTests : IDisposable
{
    private readonly UploadServer _server = new() { ChunkBytes = 300_000 };
    private readonly ShortDelayClock _clock = new();
    private readonly ConcurrentQueue<UploadProgress> _progress = new();
    private readonly MessagingClient _client;

    public UploadTests() => _client = new MessagingClient(new Uri("http://localhost"), handler: _server, clock: _clock);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task Upload_OfAFile_SendsItInGrowingPartsAndReturnsTheAttachment()
    {
        var bytes = Bytes(1_500_000);

        var upload = await UploadAsync(bytes);

        _server.Received.ShouldBe(bytes);
        _server.Parts[0].ShouldBe(128 * 1024);
        _server.Parts[1].ShouldBe(256 * 1024);
        _server.Parts[2].ShouldBe(300_000);
        upload.State.ShouldBe(UploadState.Ready);
        upload.Attachment.ShouldNotBeNull().Name.ShouldBe("report.pdf");
        upload.BindBefore.ShouldBe(Given.Noon.AddDays(1));
        _server.Requests.Count(line => line == "POST /api/uploads").ShouldBe(1);
        _progress.Select(step => step.BytesSent).ShouldBeInOrder();
        _progress.ShouldAllBe(step => step.UploadId == UploadServer.UploadId && step.Interruption == null);
        _progress.Last().ShouldBe(new UploadProgress(1_500_000, IsComplete: true, UploadId: UploadServer.UploadId));
    }

    [Fact]
    public async Task Upload_OverAConnectionThatBreaksAnywhere_SendsEachByteOnce()
    {
        for (var seed = 1; seed <= 30; seed++)
        {
            var random = new Random(seed);
            using var server = new UploadServer
            {
                ChunkBytes = 50_000,
                Receive = length => random.Next(3) == 0 ? (random.Next(length + 1), random.Next(2) == 0) : (length, random.Next(5) == 0),
            };
            server.Reject = _ => random.Next(6) switch
            {
                0 => throw new HttpRequestException("There is no network."),
                1 => ScriptedServer.Problem(HttpStatusCode.ServiceUnavailable, "server.busy", retryable: true),
                2 => ScriptedServer.Problem(HttpStatusCode.TooManyRequests, "rate_limit.exceeded", retryable: true, more: "\"retryAfter\":1"),
                3 => new HttpResponseMessage(HttpStatusCode.BadGateway) { Content = new StringContent("<html>") },
                _ => null,
            };
            using var client = new MessagingClient(new Uri("http://localhost"), handler: server, clock: _clock);
            var bytes = Bytes(200_000 + seed);

            var upload = await UploadAsync(bytes, client);

            server.Received.ShouldBe(bytes, $"seed {seed}");
            upload.Attachment.ShouldNotBeNull();
        }

        _progress.ShouldContain(step => step.Interruption != null);
    }

    [Fact]
    public async Task Upload_AfterALostAnswer_ContinuesAtTheOffsetOfTheServer()
    {
        var isFirst = true;
        _server.Receive = length =>
        {
            var isLost = isFirst;
            isFirst = false;

            return (length, isLost);
        };
        var bytes = Bytes(200_000);

        await UploadAsync(bytes);

        _server.Received.ShouldBe(bytes);
        _server.Parts.Sum().ShouldBe(bytes.Length);
    }

    [Fact]
    public async Task Upload_AfterABeginningThatFails_KeepsTheSizeOfItsParts()
    {
        var failures = 0;
        _server.Reject = line => line == "POST /api/uploads" && failures++ < 3
            ? ScriptedServer.Problem(HttpStatusCode.ServiceUnavailable, "server.busy", retryable: true)
            : null;

        await UploadAsync(Bytes(200_000));

        failures.ShouldBe(4);
        _server.Parts[0].ShouldBe(128 * 1024);
    }

    [Fact]
    public async Task Upload_AfterAPartThatFails_SendsASmallerOne()
    {
        var failures = 0;
        _server.Reject = line => line.StartsWith("PATCH", StringComparison.Ordinal) && failures++ < 1
            ? ScriptedServer.Problem(HttpStatusCode.ServiceUnavailable, "server.busy", retryable: true)
            : null;

        await UploadAsync(Bytes(200_000));

        _server.Parts[0].ShouldBe(64 * 1024);
    }

    [Fact]
    public async Task Complete_WithAResponseThatDoesNotEnd_FailsAfterTheTimeLimit()
    {
        var clock = new FakeTimeProvider();
        using var content = new EndlessContent();
        using var server = new CapturingServer(_ => new HttpResponseMessage(HttpStatusCode.OK) { Content = content });
        using var client = new MessagingClient(new Uri("http://localhost"), handler: server, clock: clock);
        await SignInAsync(client);

        var completing = client.Attachments.CompleteAsync(Given.IdOf(1), Cancellation);
        await content.IsRead.WaitAsync(Cancellation);
        clock.Advance(TimeSpan.FromSeconds(90));

        await Should.ThrowAsync<ServerUnavailableException>(completing.WaitAsync(TimeSpan.FromSeconds(10), Cancellation));
    }

    [Fact]
    public async Task Upload_AgainWithTheSameObject_ContinuesTheFirst()
    {
        var upload = NewFile(200_000);
        var bytes = Bytes(200_000);
        using var cancellation = new CancellationTokenSource();
        _server.Receive = length =>
        {
            cancellation.Cancel();

            return (length, false);
        };
        await SignInAsync(_client);
        await Should.ThrowAsync<OperationCanceledException>(
            () => _client.Attachments.UploadAsync(upload, new MemoryStream(bytes), cancellationToken: cancellation.Token));
        _server.Receive = length => (length, false);

        await _client.Attachments.UploadAsync(upload, new MemoryStream(bytes), cancellationToken: Cancellation);

        _server.Received.ShouldBe(bytes);
        _server.Parts.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(HttpStatusCode.RequestEntityTooLarge, "attachment.too_large", "\"maxBytes\":1000")]
    [InlineData(HttpStatusCode.Conflict, "attachment.storage_full", "\"bytesUsed\":1,\"bytesLimit\":2")]
    [InlineData(HttpStatusCode.BadRequest, "attachment.type_refused", "\"extension\":\"exe\"")]
    [InlineData(HttpStatusCode.Conflict, "attachment.too_many_uploads", "\"max\":20")]
    [InlineData(HttpStatusCode.Conflict, "attachment.too_many_uploads_today", "\"max\":20,\"resetsAt\":\"2026-11-24T10:15:00Z\"")]
    public async Task Upload_ThatTheServerRejectsAtOnce_SendsNoByteAndSaysWhy(HttpStatusCode status, string code, string more)
    {
        _server.Reject = _ => ScriptedServer.Problem(status, code, more: more);

        var rejection = await Should.ThrowAsync<UploadRejectedException>(() => UploadAsync(Bytes(10)));

        rejection.Code.ShouldBe(code);
        (rejection.MaxBytes, rejection.BytesLimit, rejection.Extension, rejection.Max).ShouldBe(code switch
        {
            "attachment.too_large" => (1000L, null, null, null),
            "attachment.storage_full" => ((long?)null, 2L, null, null),
            "attachment.type_refused" => ((long?)null, null, "exe", null),
            _ => ((long?)null, (long?)null, (string?)null, (int?)20),
        });
        rejection.ResetsAt.ShouldBe(
            code == "attachment.too_many_uploads_today" ? new DateTimeOffset(2026, 11, 24, 10, 15, 0, TimeSpan.Zero) : null);
        _server.Requests.ShouldBe(["POST /api/uploads"]);
    }

    [Theory]
    [InlineData("attachment.infected")]
    [InlineData("attachment.content_mismatch")]
    public async Task Upload_ThatTheServerRejectsAfterItsExamination_IsNotRepeated(string code)
    {
        _server.Reject = line => line.EndsWith("/complete", StringComparison.Ordinal)
            ? ScriptedServer.Problem(HttpStatusCode.UnprocessableEntity, code)
            : null;

        (await Should.ThrowAsync<MessagingException>(() => UploadAsync(Bytes(10)))).Code.ShouldBe(code);

        _server.Requests.Count(line => line.EndsWith("/complete", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Upload_ToAServerThatAcceptsNoFiles_SaysSo()
    {
        _server.Reject = _ => ScriptedServer.Problem(HttpStatusCode.Forbidden, "feature.disabled", more: "\"feature\":\"attachments\"");

        (await Should.ThrowAsync<FeatureDisabledException>(() => UploadAsync(Bytes(10)))).Feature.ShouldBe("attachments");
    }

    [Fact]
    public async Task Upload_OfAFileThatHasBecomeShorter_Fails()
    {
        await SignInAsync(_client);

        await Should.ThrowAsync<IOException>(
            () => _client.Attachments.UploadAsync(NewFile(100), new MemoryStream(Bytes(99)), cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Open_FromAnOffset_RequestsTheRestOfTheBytes()
    {
        HttpRequestMessage? asked = null;
        using var server = new CapturingServer(request =>
        {
            asked = request;

            return new HttpResponseMessage(HttpStatusCode.PartialContent) { Content = new ByteArrayContent([3, 4]) };
        });
        using var client = new MessagingClient(new Uri("http://localhost"), handler: server);
        await SignInAsync(client);

        await using var content = await client.Attachments.OpenAsync(Given.IdOf(1), AttachmentVariant.Thumbnail, offset: 2, Cancellation);
        using var bytes = new MemoryStream();
        await content.CopyToAsync(bytes, Cancellation);

        bytes.ToArray().ShouldBe([3, 4]);
        asked.ShouldNotBeNull().RequestUri!.PathAndQuery.ShouldBe($"/api/attachments/{Given.IdOf(1)}?variant=thumbnail");
        asked.Headers.Range!.ToString().ShouldBe("bytes=2-");
    }

    [Fact]
    public async Task Open_OfAFileThatHasExpired_IsNotFound()
    {
        using var server = new CapturingServer(_ => ScriptedServer.Problem(HttpStatusCode.NotFound, "attachment.not_found"));
        using var client = new MessagingClient(new Uri("http://localhost"), handler: server);
        await SignInAsync(client);

        (await Should.ThrowAsync<NotFoundException>(() => client.Attachments.OpenAsync(Given.IdOf(1), cancellationToken: Cancellation)))
            .Code.ShouldBe("attachment.not_found");
    }

    [Fact]
    public void Link_WrittenAsText_SaysNothing() =>
        $"{new AttachmentLink(Given.IdOf(1), "/media/secret", "/media/secret-too", Given.Noon)}".ShouldNotContain("secret");

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);

        return bytes;
    }

    private static NewUpload NewFile(long bytes) => new(Given.ConversationId, AttachmentKind.File, "report.pdf", bytes);

    private static Task SignInAsync(MessagingClient client) =>
        client.Api.Tokens.SignInAsync(Given.Credentials("1", DateTimeOffset.MaxValue), Cancellation);

    private Task<Upload> UploadAsync(byte[] bytes) => UploadAsync(bytes, _client);

    private async Task<Upload> UploadAsync(byte[] bytes, MessagingClient client)
    {
        await SignInAsync(client);

        return await client.Attachments.UploadAsync(NewFile(bytes.Length), new MemoryStream(bytes), new Recorder(_progress), Cancellation);
    }

    private sealed class Recorder(ConcurrentQueue<UploadProgress> steps) : IProgress<UploadProgress>
    {
        public void Report(UploadProgress value) => steps.Enqueue(value);
    }

    private sealed class CapturingServer(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(answer(request));
    }

    /// <summary>The system clock, whose short waits end at once. Time limits are longer, and stay.</summary>
    private sealed class ShortDelayClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime > TimeSpan.Zero && dueTime <= TimeSpan.FromSeconds(12) ? TimeSpan.Zero : dueTime, period);
    }
}
