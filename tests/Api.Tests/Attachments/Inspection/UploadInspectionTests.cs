using System.Net;
using CleanMessaging.Infrastructure.Attachments.Inspection.Images;
using CleanMessaging.Tests.Support;
using NetVips;

namespace CleanMessaging.Api.Tests.Attachments.Inspection;

/// <summary>Images and recordings over HTTP, from the upload to what the other participant gets.</summary>
public sealed class UploadInspectionTests(TestPostgres postgres) : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("attachments-").FullName;

    private ApiServer _server = null!;
    private TestUser _investor = null!;
    private TestUser _startup = null!;
    private Guid _conversationId;

    public async ValueTask InitializeAsync()
    {
        _server = await ApiServer.StartAsync(
            postgres, new Dictionary<string, string?>(TestKeys.Settings("one")) { ["Attachments:Folder"] = _folder });
        (_investor, _startup, _conversationId) = await _server.RegisterPairAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task CompleteUpload_OfAPhoto_ShowsTheOtherParticipantThePictureOnly()
    {
        using var source = Pictures.WithExif(Pictures.Quarter(1_200, 600), orientation: 6);
        var file = Pictures.Encode(source, "jpeg");
        var upload = await UploadAsync("image", "holiday.png", file);

        var attachment = (await _investor.CompleteAsync(upload)).Expect(HttpStatusCode.OK).Data;

        attachment.GetProperty("contentType").GetString().ShouldBe("image/jpeg");
        attachment.GetProperty("width").GetInt32().ShouldBe(600);
        attachment.GetProperty("height").GetInt32().ShouldBe(1_200);
        attachment.GetProperty("blurhash").GetString().ShouldNotBeNull().Length.ShouldBe(BlurHash.Length);
        (await _investor.SendAttachmentsAsync(_conversationId, "", [upload], Guid.CreateVersion7())).Expect(HttpStatusCode.Created);
        var original = await DownloadAsync(upload, "original", "image/jpeg");
        using var thumbnail = Image.NewFromBuffer(await DownloadAsync(upload, "thumbnail", "image/webp"));
        original.Length.ShouldBe((int)attachment.GetProperty("bytes").GetInt64());
        original.AsSpan().IndexOf("TAKEN-AT-HOME"u8).ShouldBe(-1);
        (thumbnail.Width, thumbnail.Height).ShouldBe((400, 800));
    }

    [Fact]
    public async Task CompleteUpload_OfSomethingElse_IsRejectedForGoodAndItsBytesAreDeleted()
    {
        var upload = await UploadAsync("image", "picture.png", "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"u8.ToArray());

        (await _investor.CompleteAsync(upload)).ExpectError(HttpStatusCode.UnprocessableEntity, "attachment.content_mismatch");
        (await _investor.CompleteAsync(upload)).ExpectError(HttpStatusCode.UnprocessableEntity, "attachment.content_mismatch");

        var state = (await _investor.GetAsync($"/api/uploads/{upload}")).Expect(HttpStatusCode.OK).Data;
        state.GetProperty("state").GetString().ShouldBe("refused");
        Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task CompleteUpload_OfTheCorpus_NeverFails()
    {
        (string Kind, byte[] File, string? Code)[] corpus =
        [
            ("image", Pictures.PngThatClaims(64_250, 64_250), "attachment.image_too_large"),
            ("image", Pictures.Gif(10_000), "attachment.image_too_large"),
            ("image", Pictures.Gif(3)[..40], "attachment.content_mismatch"),
            ("image", [0xFF, 0xD8, 0xFF, 0xE0], "attachment.content_mismatch"),
            ("image", [.. Pictures.Gif(3), .. "PK\u0003\u0004"u8], null),
            ("image", Pictures.BlackPng(1, 1), null),
            ("voice", Recordings.Mp4("soun", "vide"), "attachment.content_mismatch"),
            ("voice", Recordings.WebM(Recordings.WebMAudio), null),
            ("voice", Recordings.Ogg(), null),
            ("file", [0], null),
        ];
        foreach (var (kind, file, code) in corpus)
        {
            var answer = await _investor.CompleteAsync(await UploadAsync(kind, "upload", file));

            if (code is null)
                answer.Expect(HttpStatusCode.OK);
            else
                answer.ExpectError(HttpStatusCode.UnprocessableEntity, code);
        }
    }

    private Task<Guid> UploadAsync(string kind, string name, byte[] file) => _investor.ReceivedUploadAsync(
        _conversationId, file, kind, name, voice: kind == "voice" ? new { durationMs = 1_000, waveform = new[] { 1, 50, 100 } } : null);

    private async Task<byte[]> DownloadAsync(Guid attachmentId, string variant, string mediaType)
    {
        using var answer = await _startup.Client.GetAsync(
            $"/api/attachments/{attachmentId}?variant={variant}", TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType.ShouldNotBeNull().MediaType.ShouldBe(mediaType);

        return await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
    }
}
