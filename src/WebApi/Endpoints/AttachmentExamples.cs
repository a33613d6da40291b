using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.WebApi.Responses;
using Microsoft.Net.Http.Headers;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>Examples of uploads and attachments.</summary>
internal static class AttachmentExamples
{
    private const long ChunkBytes = AttachmentPolicy.ChunkBytes;
    private const long DeclaredBytes = 2_310_044;
    private const long ReceivedBytes = 1_048_576;

    private static readonly Guid _id = SentAttachmentExamples.Picture.Id;
    private static readonly DateTimeOffset _tomorrow = new(2026, 11, 24, 10, 15, 0, TimeSpan.Zero);

    public static readonly BeginUploadRequest Begin = new()
    {
        ClientUploadId = new Guid("019ab0ca-1b00-7e31-92a4-5c7e9f1b3d66"),
        ConversationId = Examples.ConversationId,
        Kind = AttachmentKindName.Image,
        Name = SentAttachmentExamples.Picture.Name,
        Bytes = DeclaredBytes,
        Description = SentAttachmentExamples.Picture.Description,
    };

    public static readonly BeginUploadRequest BeginVoice = new()
    {
        ClientUploadId = new Guid("019ab0ca-1b00-7e31-92a4-5c7e9f1b3d67"),
        ConversationId = Examples.ConversationId,
        Kind = AttachmentKindName.Voice,
        Name = "Voice message.m4a",
        Bytes = 48_230,
        Voice = new VoiceRequest { DurationMs = 12_040, Waveform = [4, 38, 71, 55, 90, 62, 17, 3] },
    };

    public static readonly Envelope<UploadResponse> Begun = Envelope.Of(Upload(offset: 0, "receiving", attachment: null));

    public static readonly Envelope<UploadResponse> Interrupted = Envelope.Of(Upload(ReceivedBytes, "receiving", attachment: null));

    public static readonly Envelope<UploadResponse> Completed =
        Envelope.Of(Upload(DeclaredBytes, "ready", SentAttachmentExamples.Picture));

    public static readonly Envelope<AttachmentResponse> Ready = Envelope.Of(SentAttachmentExamples.Picture);

    public static readonly MediaLinksRequest LinkRequest = new() { AttachmentIds = [_id] };

    public static readonly Envelope<MediaLinksResponse> Links = Envelope.Of(new MediaLinksResponse(
    [
        new MediaLinkResponse(
            _id,
            "/media/AQGasMocVX0OobI_XXyeGyQAAZqwoQLUfhCLbC9KbI4KEQGasKECmH4Qi2wvSmyOChIAAAAACN4rTYnCmABzZWNyZXQgZXhhbXBsZQ",
            "/media/AQGasMocVX0OobI_XXyeGyQBAZqwoQLUfhCLbC9KbI4KEQGasKECmH4Qi2wvSmyOChIAAAAACN4rTYnCmABzZWNyZXQgZXhhbXBsZQ",
            new DateTimeOffset(2026, 11, 23, 10, 25, 0, TimeSpan.Zero)),
    ]));

    public static readonly Envelope<StorageUsageResponse> Usage =
        Envelope.Of(new StorageUsageResponse(DeclaredBytes, AttachmentPolicy.DefaultUserBytes));

    public static readonly SetStorageLimitRequest SetLimit = new() { BytesLimit = 5L * 1024 * 1024 * 1024 };

    public static readonly SetStorageLimitRequest ResetLimit = new() { BytesLimit = null };

    public static readonly Envelope<StorageUsageResponse> LimitSet =
        Envelope.Of(new StorageUsageResponse(DeclaredBytes, SetLimit.BytesLimit!.Value));

    public static readonly PageEnvelope<SentAttachment> Gallery = new(
        [
            new SentAttachment(
                Examples.Answer.Id,
                Examples.Answer.Sequence,
                Examples.Answer.SenderId,
                Examples.Answer.CreatedAt,
                Examples.Answer.ExpiresAt,
                SentAttachmentExamples.Picture),
        ],
        new CursorPage(NextCursor: null));

    public static readonly DomainError TooLarge = AttachmentErrors.TooLarge(AttachmentPolicy.DefaultMaxBytes);

    public static readonly DomainError TypeRejected = AttachmentErrors.TypeRejected("exe");

    public static readonly DomainError StorageFull =
        AttachmentErrors.StorageFull(AttachmentPolicy.DefaultUserBytes - ReceivedBytes, AttachmentPolicy.DefaultUserBytes);

    public static readonly DomainError TooManyUploadsToday =
        AttachmentErrors.TooManyUploadsToday(AttachmentPolicy.DefaultUploadsPerDay, _tomorrow);

    public static readonly DomainError OffsetMismatch = AttachmentErrors.OffsetMismatch(ReceivedBytes);

    public static readonly DomainError Incomplete = AttachmentErrors.Incomplete(ReceivedBytes, DeclaredBytes);

    public static readonly HeaderDescription Location =
        new(HeaderNames.Location, "The address of the upload.", $"/api/uploads/{_id}");

    public static readonly HeaderDescription PartOffset =
        new(UploadHeaders.Offset, "Where the part begins: the upload's `offset`.", "0");

    public static readonly HeaderDescription Offset = new(UploadHeaders.Offset, "Where the upload continues.", "1048576");

    public static readonly HeaderDescription EntityTag = new(
        HeaderNames.ETag, "Send it back in `If-None-Match` for 304, or in `If-Range` with a range.", $"\"{_id}-original\"");

    public static readonly HeaderDescription Disposition = new(
        HeaderNames.ContentDisposition,
        "`attachment` for files, `inline` for images and recordings; with the name.",
        "attachment; filename*=UTF-8''plan.pdf");

    public static readonly HeaderDescription ContentRange = new(
        HeaderNames.ContentRange, "The bytes of the response.", "bytes 0-1023/2310044");

    public static readonly HeaderDescription Length = new(UploadHeaders.Length, "The number of bytes of the upload.", "2310044");

    private static UploadResponse Upload(long offset, string state, AttachmentResponse? attachment) => new(
        _id,
        Begin.ClientUploadId,
        Begin.ConversationId,
        Begin.Kind,
        Begin.Name,
        Begin.Bytes,
        offset,
        ChunkBytes,
        state,
        Rejection: null,
        BindBefore: _tomorrow,
        attachment);
}
