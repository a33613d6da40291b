using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace CleanMessaging.Tests.Support;

/// <summary>The steps of an upload, as a client does them.</summary>
public static class UploadSteps
{
    public const string PartType = "application/offset+octet-stream";

    public static Task<Answer> BeginUploadAsync(
        this TestUser user,
        Guid conversationId,
        long bytes,
        string kind = "file",
        string name = "plan.pdf",
        Guid? clientUploadId = null,
        object? voice = null,
        string? description = null)
    {
        var body = new Dictionary<string, object>
        {
            ["clientUploadId"] = clientUploadId ?? Guid.CreateVersion7(),
            ["conversationId"] = conversationId,
            ["kind"] = kind,
            ["name"] = name,
            ["bytes"] = bytes,
        };
        if (voice is not null)
            body["voice"] = voice;
        if (description is not null)
            body["description"] = description;

        return user.PostAsync("/api/uploads", body);
    }

    /// <summary>Begins an upload; returns its id.</summary>
    public static async Task<Guid> BegunUploadAsync(
        this TestUser user, Guid conversationId, long bytes, string kind = "file", string name = "plan.pdf", object? voice = null, string? description = null) =>
        (await user.BeginUploadAsync(conversationId, bytes, kind, name, voice: voice, description: description)).Expect(HttpStatusCode.Created).Data.Id();

    /// <summary>Begins an upload and sends its bytes; returns its id.</summary>
    public static async Task<Guid> ReceivedUploadAsync(
        this TestUser user, Guid conversationId, byte[] content, string kind = "file", string name = "plan.pdf", object? voice = null, string? description = null)
    {
        var id = await user.BegunUploadAsync(conversationId, content.Length, kind, name, voice, description);
        (await user.PatchAsync(id, 0, content)).Expect(HttpStatusCode.NoContent);

        return id;
    }

    public static Task<Answer> PatchAsync(this TestUser user, Guid uploadId, long offset, byte[] part, string type = PartType) =>
        user.PatchAsync(uploadId, offset, new ByteArrayContent(part) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } });

    public static async Task<Answer> PatchAsync(this TestUser user, Guid uploadId, long offset, HttpContent part)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/uploads/{uploadId}") { Content = part };
        request.Headers.Add("Upload-Offset", $"{offset}");
        request.Headers.Add("Tus-Resumable", "1.0.0");

        return await Answer.OfAsync(await user.Client.SendAsync(request));
    }

    public static Task<Answer> CompleteAsync(this TestUser user, Guid uploadId) => user.PostAsync($"/api/uploads/{uploadId}/complete", new { });

    /// <summary>Uploads an attachment; returns its id.</summary>
    public static async Task<Guid> UploadAsync(
        this TestUser user, Guid conversationId, byte[] content, string kind = "file", string name = "plan.pdf", object? voice = null, string? description = null)
    {
        var id = await user.ReceivedUploadAsync(conversationId, content, kind, name, voice, description);
        (await user.CompleteAsync(id)).Expect(HttpStatusCode.OK);

        return id;
    }

    /// <summary>Uploads an attachment and sends it; returns the ids of the attachment and of the message.</summary>
    public static async Task<(Guid Id, Guid MessageId)> SendAttachmentAsync(
        this TestUser user,
        Guid conversationId,
        byte[] content,
        string kind = "file",
        string name = "plan.pdf",
        int? expirationHours = null,
        object? voice = null,
        string? description = null)
    {
        var id = await user.UploadAsync(conversationId, content, kind, name, voice, description);
        var sent = await user.SendAttachmentsAsync(conversationId, "", [id], expirationHours: expirationHours);

        return (id, sent.Expect(HttpStatusCode.Created).Data.Id());
    }

    /// <summary>Creates links to attachments; returns those of the attachments that the user sees.</summary>
    public static async Task<IReadOnlyList<JsonElement>> LinksAsync(this TestUser user, params Guid[] attachmentIds) =>
    [
        .. (await user.PostAsync("/api/attachments/links", new { attachmentIds }))
            .Expect(HttpStatusCode.OK).Data.GetProperty("links").EnumerateArray(),
    ];

    /// <summary>Creates a link to an attachment; returns its address.</summary>
    public static async Task<string> LinkAsync(this TestUser user, Guid attachmentId) =>
        (await user.LinksAsync(attachmentId)).ShouldHaveSingleItem().GetProperty("url").GetString()!;

    /// <summary>Returns bytes that differ at each place.</summary>
    public static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        for (var index = 0; index < count; index++)
            bytes[index] = (byte)((index * 31) + (index >> 8));

        return bytes;
    }

    public static string? OffsetOf(this Answer answer) =>
        answer.Headers.TryGetValues("Upload-Offset", out var values) ? values.Single() : null;
}
