using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Attachments.Inspection;
using CleanMessaging.Infrastructure.Attachments.Inspection.Images;

namespace CleanMessaging.Api.Tests.Attachments.Inspection;

public sealed class AttachmentInspectorTests(ImageConverterFixture images) : IClassFixture<ImageConverterFixture>
{
    private readonly PartialWriteStore _store = new();
    private readonly Scanner _scanner = new();

    [Fact]
    public async Task Inspect_AnImage_StoresItWithItsThumbnail()
    {
        using var source = Pictures.WithExif(Pictures.Quarter(1_000, 500), orientation: 6);
        var upload = _store.Upload(AttachmentKind.Image, Pictures.Encode(source, "jpeg"), parts: 3, name: "holiday.png");

        var content = await InspectAsync(upload);

        var original = _store[content.ObjectId];
        var thumbnail = _store[content.ThumbnailObjectId.ShouldNotBeNull()];
        content.ContentType.ShouldBe("image/jpeg");
        (content.Width, content.Height, content.Bytes, content.ThumbnailBytes).ShouldBe((500, 1_000, original.Length, thumbnail.Length));
        content.Blurhash.ShouldNotBeNull().Length.ShouldBe(BlurHash.Length);
        ImageFormats.Recognize(original).ShouldBe(ImageFormat.Jpeg);
        ImageFormats.Recognize(thumbnail).ShouldBe(ImageFormat.WebP);
        _store.Reserved.ShouldBe([(AttachmentObjectRole.Original, content.ObjectId), (AttachmentObjectRole.Thumbnail, content.ThumbnailObjectId.Value)]);
    }

    [Fact]
    public async Task Inspect_AnAvatar_StoresOneSquareAndNotTheOriginal()
    {
        using var source = Pictures.WithExif(Pictures.Quarter(1_000, 500), orientation: 6);
        var upload = _store.Upload(AttachmentKind.Avatar, Pictures.Encode(source, "jpeg"), parts: 3, name: "me.png");

        var content = await InspectAsync(upload);

        var stored = _store[content.ObjectId];
        content.ContentType.ShouldBe("image/webp");
        (content.Width, content.Height, content.Bytes).ShouldBe((320, 320, stored.Length));
        (content.ThumbnailObjectId, content.ThumbnailBytes).ShouldBe((null, null));
        ImageFormats.Recognize(stored).ShouldBe(ImageFormat.WebP);
        _store.Reserved.ShouldBe([(AttachmentObjectRole.Original, content.ObjectId)]);
    }

    [Fact]
    public async Task Inspect_AFile_StoresItByteForByteAsADownload()
    {
        using var source = Pictures.WithExif(Pictures.Quarter(100, 50), orientation: 6);
        var file = Pictures.Encode(source, "jpeg");

        var content = await InspectAsync(_store.Upload(AttachmentKind.File, file, parts: 4));

        content.ShouldBe(new AttachmentContent("application/octet-stream", content.ObjectId, file.Length, null, null, null, null, null));
        _store[content.ObjectId].ShouldBe(file);
    }

    [Fact]
    public async Task Inspect_AVoiceRecording_StoresItByteForByteWithItsType()
    {
        var file = Recordings.Ogg();

        var content = await InspectAsync(_store.Upload(AttachmentKind.Voice, file, parts: 2, durationMs: 1_000));

        content.ShouldBe(new AttachmentContent("audio/ogg", content.ObjectId, file.Length, null, null, null, null, null));
        _store[content.ObjectId].ShouldBe(file);
    }

    [Theory]
    [InlineData(AttachmentKind.Image, "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>")]
    [InlineData(AttachmentKind.Image, "<html>")]
    [InlineData(AttachmentKind.Image, "G")]
    [InlineData(AttachmentKind.Image, "GIF89a and nothing else")]
    [InlineData(AttachmentKind.Avatar, "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>")]
    [InlineData(AttachmentKind.Avatar, "GIF89a and nothing else")]
    [InlineData(AttachmentKind.Voice, "<html> that is long enough to be a recording of half a second, at four kilobits per second at least, which are 250 bytes; and so it goes on and on and on, until it really has so many, which takes longer than one would think when one types it, but here it is.")]
    public async Task Inspect_SomethingElseThanItsKind_IsRejectedAndNothingIsStored(AttachmentKind kind, string file)
    {
        var upload = _store.Upload(kind, System.Text.Encoding.ASCII.GetBytes(file), durationMs: kind == AttachmentKind.Voice ? 400 : null, name: "picture.png");

        (await CodeOfAsync(upload)).ShouldBe("attachment.content_mismatch");

        _store.Count.ShouldBe(1);
        _scanner.Scanned.ShouldBe(file.StartsWith("GIF89a", StringComparison.Ordinal) ? 1 : 0);
    }

    /// <summary>One bit per pixel becomes three bytes, so the image grows to a multiple of its upload.</summary>
    [Fact]
    public async Task Inspect_AnImageThatGrowsFarBeyondItsUpload_IsRejectedIfItIsLargerThanAnyUpload()
    {
        var png = Pictures.BlackPng(4_000, 2_000);
        var bytes = (await InspectAsync(_store.Upload(AttachmentKind.Image, png))).Bytes;
        bytes.ShouldBeGreaterThan(4 * png.Length);
        var before = _store.Count;

        var upload = _store.Upload(AttachmentKind.Image, png);
        var error = await Should.ThrowAsync<DomainException>(() => InspectAsync(upload, AttachmentPolicy.Default with { MaxBytes = bytes - 1 }));

        error.Error.Code.ShouldBe("attachment.image_too_large");
        _store.Count.ShouldBe(before + 1, "only the upload is added");
        (await InspectAsync(upload, AttachmentPolicy.Default with { MaxBytes = bytes })).Bytes.ShouldBe(bytes);
    }

    [Fact]
    public async Task Inspect_AVoiceRecordingOfAnotherDuration_IsRejected() =>
        (await CodeOfAsync(_store.Upload(AttachmentKind.Voice, Recordings.Ogg(), durationMs: 600_000))).ShouldBe("attachment.content_mismatch");

    [Theory]
    [InlineData(AttachmentKind.Image)]
    [InlineData(AttachmentKind.Avatar)]
    public async Task Inspect_AnImageThatIsTooLarge_IsRejected(AttachmentKind kind) =>
        (await CodeOfAsync(_store.Upload(kind, Pictures.PngThatClaims(64_250, 64_250)))).ShouldBe("attachment.image_too_large");

    [Theory]
    [InlineData(AttachmentKind.File)]
    [InlineData(AttachmentKind.Image)]
    [InlineData(AttachmentKind.Avatar)]
    [InlineData(AttachmentKind.Voice)]
    public async Task Inspect_AnInfectedUpload_IsRejectedBeforeItIsConvertedOrStored(AttachmentKind kind)
    {
        _scanner.Finds = true;

        (await CodeOfAsync(Valid(kind))).ShouldBe("attachment.infected");

        (_scanner.Scanned, _store.Reserved.Count, _store.Count).ShouldBe((1, 0, 2));
    }

    [Theory]
    [InlineData(AttachmentKind.File)]
    [InlineData(AttachmentKind.Image)]
    [InlineData(AttachmentKind.Avatar)]
    [InlineData(AttachmentKind.Voice)]
    public async Task Inspect_WithoutAnAnswerOfTheScanner_CanBeTriedAgain(AttachmentKind kind)
    {
        var upload = Valid(kind);
        _scanner.Fails = true;
        await Should.ThrowAsync<AttachmentUnavailableException>(() => InspectAsync(upload));
        _store.Reserved.ShouldBeEmpty();

        _scanner.Fails = false;
        (await InspectAsync(upload)).Bytes.ShouldBePositive();
    }

    /// <summary>An image process whose result cannot be stored is free for the next image.</summary>
    [Theory]
    [InlineData(AttachmentKind.File)]
    [InlineData(AttachmentKind.Image)]
    [InlineData(AttachmentKind.Avatar)]
    [InlineData(AttachmentKind.Voice)]
    public async Task Inspect_WhenTheStorageTakesOnlyAPart_CanBeTriedAgain(AttachmentKind kind)
    {
        for (var time = 0; time < 5; time++)
        {
            _store.BytesMax = 10;
            await Should.ThrowAsync<AttachmentUnavailableException>(() => InspectAsync(Valid(kind)));
            _store.BytesMax = long.MaxValue;
            (await InspectAsync(Valid(kind))).Bytes.ShouldBePositive();
        }
    }

    [Fact]
    public async Task Inspect_WithAPartThatIsMissing_SaysSo()
    {
        var upload = _store.Upload(AttachmentKind.File, new byte[100], parts: 3);
        await _store.DeleteAsync([upload.Parts[1].Id], CancellationToken.None);

        await Should.ThrowAsync<AttachmentCorruptException>(() => InspectAsync(upload));
    }

    private AttachmentToInspect Valid(AttachmentKind kind) => kind switch
    {
        AttachmentKind.Image or AttachmentKind.Avatar => _store.Upload(kind, Pictures.Gif(3), parts: 2),
        AttachmentKind.Voice => _store.Upload(kind, Recordings.Ogg(), parts: 2, durationMs: 1_000),
        _ => _store.Upload(kind, new byte[500], parts: 2),
    };

    private Task<AttachmentContent> InspectAsync(AttachmentToInspect upload, AttachmentPolicy? policy = null) =>
        new AttachmentInspector(_store, _scanner, images.Converter, images.Queue, policy ?? AttachmentPolicy.Default).InspectAsync(
            upload, _store.ReserveAsync, TestContext.Current.CancellationToken);

    private async Task<string> CodeOfAsync(AttachmentToInspect upload) =>
        (await Should.ThrowAsync<DomainException>(() => InspectAsync(upload))).Error.Code;

    /// <summary>Reads a whole upload, as a real scanner does.</summary>
    private sealed class Scanner : IVirusScanner
    {
        public bool Finds { get; set; }

        public bool Fails { get; set; }

        public int Scanned { get; private set; }

        public async Task<bool> IsInfectedAsync(AttachmentId attachmentId, Stream plain, CancellationToken cancellationToken)
        {
            await plain.CopyToAsync(Stream.Null, cancellationToken);
            Scanned++;

            return Fails ? throw new AttachmentUnavailableException("The scanner does not answer.") : Finds;
        }
    }
}
