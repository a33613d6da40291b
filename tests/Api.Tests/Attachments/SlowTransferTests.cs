using System.Net;
using System.Net.Http.Headers;
using CleanMessaging.Api.Tests.Limits;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Attachments;

/// <summary>
/// Tests that the accounts of one address leave some of the concurrent parts and downloads for others, and that slow clients do not occupy
/// them.
/// </summary>
public sealed class SlowTransferTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    private const string TooManyAtOnce = "rate_limit.concurrency";

    /// <summary>More than the server sends at once.</summary>
    private static readonly byte[] _content = UploadSteps.Bytes(1_000_000);

    private readonly MemoryAttachments _store = new();

    public static TheoryData<string, string, string, int> Addresses => new()
    {
        { "198.51.100.1", "198.51.100.1", "198.51.100.2", 4 },
        { "2001:db8:1:1::1", "2001:db8:1:1:2::2", "2001:db8:1:2::1", 4 },
        { "2001:db8:2:1::1", "2001:db8:2:2::1", "2001:db8:3:1::1", 6 },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task ReceivePart_ManyInParallelOfOneAddress_LeaveSomeForOthers(string one, string sameAsOne, string other, int most)
    {
        await using var server = await StartAsync(("UploadsAtOnce", "8"), ("UserUploadsAtOnce", "100"));
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.Writing = () => end.Task;

        // Two accounts upload in parallel.
        var parts = new List<Task<Answer>>();
        for (var number = 0; number < 12; number++)
        {
            var user = number % 2 == 0 ? investor : startup;
            parts.Add(PatchAsync(user, await user.BegunUploadAsync(conversationId, 10), number % 4 < 2 ? one : sameAsOne));
        }

        await Eventually.TrueAsync(
            () => (parts.Count(part => part.IsCompleted), _store.BytesRead) == (12 - most, most), $"The server does not receive {most} parts.");
        var ofOther = PatchAsync(startup, await startup.BegunUploadAsync(conversationId, 10), other);
        await Eventually.TrueAsync(() => _store.BytesRead == most + 1, "Another address is not served.");
        end.SetResult();

        (await ofOther).Expect(HttpStatusCode.NoContent);
        var answers = await Task.WhenAll(parts);
        answers.Count(answer => answer.Status == HttpStatusCode.NoContent).ShouldBe(most);
        foreach (var rejected in answers.Where(answer => answer.Status != HttpStatusCode.NoContent))
            rejected.ExpectLater(HttpStatusCode.TooManyRequests, TooManyAtOnce);
        (await PatchAsync(investor, await investor.BegunUploadAsync(conversationId, 10), one)).Expect(HttpStatusCode.NoContent);
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task OpenAttachment_ManyInParallelOfOneAddress_LeaveSomeForOthers(string one, string sameAsOne, string other, int most)
    {
        await using var server = await StartAsync(("DownloadsAtOnce", "8"));
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content);
        _store.ReadDelay = TimeSpan.FromHours(1);

        var downloads = await Task.WhenAll(Enumerable.Range(0, 12).Select(
            number => GetAsync(number % 2 == 0 ? investor : startup, id, number % 4 < 2 ? one : sameAsOne)));

        downloads.Count(download => download.StatusCode == HttpStatusCode.OK).ShouldBe(most);
        downloads.Count(download => download.StatusCode == HttpStatusCode.TooManyRequests).ShouldBe(12 - most);
        using var ofOther = await GetAsync(startup, id, other);
        ofOther.StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var download in downloads)
            download.Dispose();
        await Eventually.TrueAsync(
            async () =>
            {
                using var again = await GetAsync(investor, id, one);

                return again.StatusCode == HttpStatusCode.OK;
            },
            "The ended downloads still count.");
    }

    /// <summary>What has arrived is kept, so a slow client gets on nevertheless.</summary>
    [Fact]
    public async Task ReceivePart_FromASlowClient_EndsAfterASpanAndKeepsWhatCame()
    {
        await using var server = await StartAsync(
            ("UploadsPerAddress", "1"), ("TransferBytesPerSecond", "1000"), ("TransferSpan", "00:00:01"));
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var (slow, fast) = (await investor.BegunUploadAsync(conversationId, 10_000), await investor.BegunUploadAsync(conversationId, 10));
        using var body = new DrippingContent(firstBytes: 1_500, then: 10);

        var answer = await investor.PatchAsync(slow, 0, body);

        answer.Expect(HttpStatusCode.NoContent);
        var kept = int.Parse(answer.OffsetOf()!, System.Globalization.CultureInfo.InvariantCulture);
        kept.ShouldBeInRange(1_500, 1_999, "The first span was fast enough, and no further one was.");
        (await investor.PatchAsync(fast, 0, [1])).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task OpenAttachment_ByASlowReader_IsCutAfterASpan()
    {
        await using var server = await StartAsync(("TransferBytesPerSecond", "100000"), ("TransferSpan", "00:00:01"));
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content);

        // Each further 64 KiB take a second, so the rate is 64 KiB/s.
        _store.ReadDelay = TimeSpan.FromSeconds(1);
        using var download = await GetAsync(startup, id);
        await Should.ThrowAsync<HttpRequestException>(() => download.Content.ReadAsByteArrayAsync(Token));

        _store.ReadDelay = TimeSpan.FromSeconds(0.2);
        (await startup.Client.GetByteArrayAsync($"/api/attachments/{id}", Token)).ShouldBe(_content);
    }

    private Task<ApiServer> StartAsync(params (string Name, string Value)[] limits)
    {
        var settings = new Dictionary<string, string?> { ["Limits:RequestWait"] = "00:00:00", ["Proxies:Known:0"] = "127.0.0.1" };
        foreach (var (name, value) in limits)
            settings[$"Limits:{name}"] = value;

        return fixture.StartAnotherAsync(settings, _store);
    }

    private static async Task<Answer> PatchAsync(TestUser user, Guid uploadId, string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/uploads/{uploadId}")
        {
            Content = new ByteArrayContent([1]) { Headers = { ContentType = new MediaTypeHeaderValue(UploadSteps.PartType) } },
            Headers = { { "Upload-Offset", "0" }, { "Tus-Resumable", "1.0.0" }, { "X-Forwarded-For", address } },
        };

        return await Answer.OfAsync(await user.Client.SendAsync(request, Token));
    }

    private static async Task<HttpResponseMessage> GetAsync(TestUser user, Guid id, string? address = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/attachments/{id}");
        if (address is not null)
            request.Headers.Add("X-Forwarded-For", address);

        return await user.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }

    /// <summary>A body that sends some bytes at once, and then a few five times a second, for more than three seconds.</summary>
    private sealed class DrippingContent : HttpContent
    {
        private const int Times = 18;

        private readonly int _firstBytes;
        private readonly int _then;

        public DrippingContent(int firstBytes, int then)
        {
            (_firstBytes, _then) = (firstBytes, then);
            Headers.ContentType = new MediaTypeHeaderValue(UploadSteps.PartType);
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(new byte[_firstBytes], Token);
            await stream.FlushAsync(Token);
            for (var count = 0; count < Times; count++)
            {
                await Task.Delay(TimeSpan.FromSeconds(0.2), Token);
                await stream.WriteAsync(new byte[_then], Token);
                await stream.FlushAsync(Token);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;

            return false;
        }
    }
}
