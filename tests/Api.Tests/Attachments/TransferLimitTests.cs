using System.Net;
using System.Net.Http.Headers;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Attachments;

/// <summary>Tests how many parts and downloads run at the same time, of a user and of all users. Bodies that do not end hold their places.</summary>
public sealed class TransferLimitTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    private const string OfAUser = "rate_limit.concurrency";
    private const string OfAll = "server.busy";

    /// <summary>More than the server sends at once.</summary>
    private static readonly byte[] _content = UploadSteps.Bytes(1_000_000);

    private readonly MemoryAttachments _store = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReceivePart_MoreAtOnceThanAUserMay_IsRejectedUntilOneEnds()
    {
        await using var server = await StartAsync(("UserUploadsAtOnce", 2));
        var (investor, startup, conversationId) = await server.RegisterPairAsync();

        await ShouldHoldTwoAsync(
            conversationId, [investor, investor, investor], answer => answer.ExpectError(HttpStatusCode.TooManyRequests, OfAUser));

        await startup.ReceivedUploadAsync(conversationId, [1]);
    }

    [Fact]
    public async Task ReceivePart_MoreAtOnceThanAllMay_IsRejectedUntilOneEnds()
    {
        await using var server = await StartAsync(("UploadsAtOnce", 2));
        var (investor, startup, conversationId) = await server.RegisterPairAsync();

        await ShouldHoldTwoAsync(
            conversationId, [investor, startup, investor], answer => answer.ExpectError(HttpStatusCode.ServiceUnavailable, OfAll));
    }

    [Theory]
    [InlineData("UserUploadsAtOnce", HttpStatusCode.TooManyRequests, OfAUser)]
    [InlineData("UploadsAtOnce", HttpStatusCode.ServiceUnavailable, OfAll)]
    public async Task ReceivePart_ManyInParallel_AreNeverMoreThanTheLimit(string limit, HttpStatusCode status, string code)
    {
        await using var server = await StartAsync(("UserUploadsAtOnce", 8), (limit, 2));
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var ids = new List<Guid>();
        for (var count = 0; count < 8; count++)
            ids.Add(await investor.BegunUploadAsync(conversationId, 10));
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.Writing = () => end.Task;

        var answers = ids.ConvertAll(id => investor.PatchAsync(id, 0, [1]));
        await Eventually.TrueAsync(
            () => (answers.Count(answer => answer.IsCompleted), _store.BytesRead) == (6, 2), "Two parts and six errors are expected.");
        end.SetResult();

        (await Task.WhenAll(answers)).Count(answer => answer.Status == HttpStatusCode.NoContent).ShouldBe(2);
        foreach (var rejected in answers.Select(answer => answer.Result).Where(answer => answer.Status != HttpStatusCode.NoContent))
            rejected.ExpectError(status, code);
    }

    [Fact]
    public async Task CompleteUpload_ManyInParallel_InspectsAsManyAsAUserMayAndAgainWhenTheseHaveEnded()
    {
        await using var server = await StartAsync(("UserInspectionsAtOnce", 2));
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var ids = new List<Guid>();
        for (var count = 0; count < 6; count++)
            ids.Add(await investor.ReceivedUploadAsync(conversationId, [1]));
        var inspected = 0;
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.Inspecting = () =>
        {
            Interlocked.Increment(ref inspected);

            return end.Task;
        };

        var answers = ids.ConvertAll(investor.CompleteAsync);
        await Eventually.TrueAsync(
            () => (answers.Count(answer => answer.IsCompleted), Volatile.Read(ref inspected)) == (4, 2), "Two inspections and four errors are expected.");
        var others = startup.UploadAsync(conversationId, [1]);
        await Eventually.TrueAsync(() => Volatile.Read(ref inspected) == 3, "The limit is one of each user.");
        end.SetResult();

        await others;
        await Task.WhenAll(answers);
        foreach (var (answer, id) in answers.Select(answer => answer.Result).Zip(ids))
        {
            if (answer.Status == HttpStatusCode.OK)
                continue;

            answer.ExpectError(HttpStatusCode.TooManyRequests, OfAUser);
            (await investor.CompleteAsync(id)).Expect(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task OpenAttachment_MoreAtOnceThanAUserMay_IsRejectedUntilOneEnds()
    {
        await using var server = await StartAsync(("UserDownloadsAtOnce", 2));
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content);
        var link = await investor.LinkAsync(id);
        _store.ReadDelay = TimeSpan.FromHours(1);
        using var anonymous = server.CreateClient();
        using var first = await BeginAsync(investor.Client, PathOf(id));
        using var second = await BeginAsync(anonymous, link);
        (first.StatusCode, second.StatusCode).ShouldBe((HttpStatusCode.OK, HttpStatusCode.OK));

        (await investor.GetAsync(PathOf(id))).ExpectError(HttpStatusCode.TooManyRequests, OfAUser);
        (await Answer.OfAsync(await anonymous.GetAsync(link, Token))).ExpectError(HttpStatusCode.TooManyRequests, OfAUser);
        using var other = await BeginAsync(startup.Client, PathOf(id));
        other.StatusCode.ShouldBe(HttpStatusCode.OK);

        first.Dispose();
        await ShouldBeServedAgainAsync(investor, id);
    }

    [Fact]
    public async Task OpenAttachment_MoreAtOnceThanAllMay_IsRejectedUntilOneEnds()
    {
        await using var server = await StartAsync(("DownloadsAtOnce", 2));
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content);
        _store.ReadDelay = TimeSpan.FromHours(1);
        using var first = await BeginAsync(investor.Client, PathOf(id));
        using var second = await BeginAsync(startup.Client, PathOf(id));
        (first.StatusCode, second.StatusCode).ShouldBe((HttpStatusCode.OK, HttpStatusCode.OK));

        (await investor.GetAsync(PathOf(id))).ExpectError(HttpStatusCode.ServiceUnavailable, OfAll);
        (await startup.GetAsync(PathOf(id))).ExpectError(HttpStatusCode.ServiceUnavailable, OfAll);
        (await investor.GetAsync($"/api/uploads/{id}")).Expect(HttpStatusCode.OK);

        second.Dispose();
        await ShouldBeServedAgainAsync(investor, id);
    }

    [Theory]
    [InlineData("UserDownloadsAtOnce", HttpStatusCode.TooManyRequests)]
    [InlineData("DownloadsAtOnce", HttpStatusCode.ServiceUnavailable)]
    public async Task OpenAttachment_ManyInParallel_AreNeverMoreThanTheLimit(string limit, HttpStatusCode rejected)
    {
        await using var server = await StartAsync((limit, 2));
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content);
        _store.ReadDelay = TimeSpan.FromHours(1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => BeginAsync(investor.Client, PathOf(id))));

        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(2);
        answers.Count(answer => answer.StatusCode == rejected).ShouldBe(6);
        foreach (var answer in answers)
            answer.Dispose();
    }

    /// <summary>Starts a server whose requests do not wait for a place.</summary>
    private Task<ApiServer> StartAsync(params (string Name, int Value)[] limits)
    {
        // All clients have one address here, which would have half of the places.
        var settings = new Dictionary<string, string?>
        {
            ["Limits:RequestWait"] = "00:00:00",
            ["Limits:UploadsPerAddress"] = "100",
            ["Limits:DownloadsPerAddress"] = "100",
        };
        foreach (var (name, value) in limits)
            settings[$"Limits:{name}"] = $"{value}";

        return fixture.StartAnotherAsync(settings, _store);
    }

    /// <summary>Verifies that two parts are received at the same time, that the third one is rejected, and that it is served when one ends.</summary>
    private async Task ShouldHoldTwoAsync(Guid conversationId, TestUser[] users, Action<Answer> shouldBeRejected)
    {
        var ids = new List<Guid>();
        foreach (var user in users)
            ids.Add(await user.BegunUploadAsync(conversationId, 10));
        using var first = new HeldPart();
        using var second = new HeldPart();
        var answers = new[] { users[0].PatchAsync(ids[0], 0, first.CreateContent()), users[1].PatchAsync(ids[1], 0, second.CreateContent()) };
        await Eventually.TrueAsync(() => _store.BytesRead == 2 * HeldPart.Sent, "Not both parts are received.");

        shouldBeRejected(await users[2].PatchAsync(ids[2], 0, [1]));
        (await users[2].GetAsync($"/api/uploads/{ids[2]}")).Expect(HttpStatusCode.OK);

        first.End();
        (await answers[0]).Expect(HttpStatusCode.NoContent);
        await Eventually.TrueAsync(
            async () => (await users[2].PatchAsync(ids[2], 0, [1])).Status == HttpStatusCode.NoContent, "The place of the first part is not used again.");
        answers[1].IsCompleted.ShouldBeFalse();
        second.End();
        (await answers[1]).Expect(HttpStatusCode.NoContent);
    }

    /// <summary>Waits until the server has noticed that a download was left.</summary>
    private static Task ShouldBeServedAgainAsync(TestUser user, Guid id) => Eventually.TrueAsync(
        async () =>
        {
            using var answer = await BeginAsync(user.Client, PathOf(id));

            return answer.StatusCode == HttpStatusCode.OK;
        },
        "The place of the first download is not used again.");

    private static Task<HttpResponseMessage> BeginAsync(HttpClient client, string path) =>
        client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Token);

    private static string PathOf(Guid id) => $"/api/attachments/{id}";

    /// <summary>A body, or several, whose end the test decides.</summary>
    private sealed class HeldPart : IDisposable
    {
        public const int Sent = 3;

        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HttpContent CreateContent() => new Content(_end.Task) { Headers = { ContentType = new MediaTypeHeaderValue(UploadSteps.PartType) } };

        public void End() => _end.TrySetResult();

        /// <summary>Ends the requests also if the test has failed.</summary>
        public void Dispose() => End();

        private sealed class Content(Task end) : HttpContent
        {
            protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
            {
                await stream.WriteAsync(new byte[Sent], Token);
                await stream.FlushAsync(Token);
                await end;
            }

            protected override bool TryComputeLength(out long length)
            {
                length = 0;

                return false;
            }
        }
    }
}
