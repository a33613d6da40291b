using CleanMessaging.Domain.Attachments;

namespace CleanMessaging.Tests.Support;

/// <summary>Inserts attachments directly in the database, as finished uploads, and sends them.</summary>
internal static class AttachmentRows
{
    /// <summary>Inserts an attachment that can be sent; returns its id. No bytes are stored.</summary>
    /// <param name="conversationId">Null for an avatar.</param>
    /// <param name="name">A name without an apostrophe.</param>
    public static async Task<Guid> AddAttachmentAsync(
        this ApiServer server,
        Guid uploaderId,
        Guid? conversationId,
        AttachmentKind kind = AttachmentKind.File,
        string name = "plan.pdf",
        AttachmentState state = AttachmentState.Ready,
        string? description = null)
    {
        var id = Guid.CreateVersion7();
        var now = server.Clock.GetUtcNow();
        var (isReady, isImage, isVoice) = (state == AttachmentState.Ready, kind == AttachmentKind.Image, kind == AttachmentKind.Voice);
        await server.ExecuteAsync(
            $"""
            INSERT INTO attachments (id, uploader_id, conversation_id, client_upload_id, kind, name, description, declared_bytes, received_bytes, state, rejection_code,
                                     content_type, bytes, width, height, blurhash, duration_ms, waveform, thumbnail_bytes, encrypted_key, object_id, thumbnail_object_id,
                                     created_at, remove_at)
            VALUES ('{id}', '{uploaderId}', {If(conversationId is not null, $"'{conversationId}'")}, gen_random_uuid(),
                    {(short)kind}, '{name}', {(description is null ? "NULL" : $"'{description}'")}, 3,
                    {(state == AttachmentState.Receiving ? 1 : 3)}, {(short)state}, {(state == AttachmentState.Rejected ? "'attachment.infected'" : "NULL")},
                    {If(isReady, isImage ? "'image/png'" : isVoice ? "'audio/ogg'" : "'application/octet-stream'")}, {If(isReady, "3")},
                    {If(isReady && isImage, "640")}, {If(isReady && isImage, "480")}, {If(isReady && isImage, "'LEHV6nWB2yk8pyo0adR*.7kCMdnj'")},
                    {If(isVoice, "1500")}, {If(isVoice, "'{0,50,100}'")}, {If(isReady && isImage, "2")}, '\x01',
                    {If(isReady, "gen_random_uuid()")}, {If(isReady && isImage, "gen_random_uuid()")}, '{now:O}', '{now.AddHours(24):O}')
            """);

        return id;

        static string If(bool condition, string value) => condition ? value : "NULL";
    }

    /// <summary>Sends a message with attachments.</summary>
    public static Task<Answer> SendAttachmentsAsync(
        this TestUser sender,
        Guid conversationId,
        string content,
        IReadOnlyList<Guid> attachmentIds,
        Guid? clientMessageId = null,
        long? maxPoints = null,
        int? expirationHours = null)
    {
        var request = new Dictionary<string, object>
        {
            ["conversationId"] = conversationId,
            ["content"] = content,
            ["attachmentIds"] = attachmentIds,
        };
        if (clientMessageId is { } id)
            request["clientMessageId"] = id;
        if (maxPoints is { } points)
            request["maxPoints"] = points;
        if (expirationHours is { } hours)
            request["expirationHours"] = hours;

        return sender.PostAsync("/api/messages/send", request);
    }

    /// <summary>Returns the message that an attachment is part of; null if it is not sent.</summary>
    public static async Task<Guid?> MessageOfAsync(this ApiServer server, Guid attachmentId)
    {
        var id = await server.QueryAsync<string>($"SELECT coalesce(message_id::text, '') FROM attachments WHERE id = '{attachmentId}'");

        return id.Length == 0 ? null : Guid.Parse(id);
    }

    /// <summary>
    /// Verifies over the whole database that exactly the attachments in the snapshots of messages that are not deleted are bound to these
    /// messages.
    /// </summary>
    public static async Task ShouldBindAllAttachmentsAsync(this ApiServer server) =>
        (await server.QueryAsync<long>(
            """
            SELECT count(*) FROM (
                SELECT id AS message_id, (shown ->> 'id')::uuid AS attachment_id FROM messages, jsonb_array_elements(attachments) AS shown) AS snapshot
            FULL JOIN (
                SELECT message_id, attachments.id AS attachment_id FROM attachments JOIN messages ON messages.id = message_id AND deleted_at IS NULL) AS bound
                USING (message_id, attachment_id)
            WHERE snapshot IS NULL OR bound IS NULL
            """)).ShouldBe(0);
}
