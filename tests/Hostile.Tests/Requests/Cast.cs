using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Hostile.Tests.Requests;

/// <summary>
/// The users of a test: two pairs, each with a conversation, and an Admin, with the ids that their valid requests contain.
/// </summary>
internal sealed class Cast
{
    private static int _fresh;

    private readonly ApiServer _server;

    private Cast(ApiServer server) => _server = server;

    public required TestUser Investor { get; init; }

    public required TestUser Startup { get; init; }

    /// <summary>Another Investor, without a conversation with the first pair.</summary>
    public required TestUser OtherInvestor { get; init; }

    /// <summary>Another Startup, without a conversation with the first pair.</summary>
    public required TestUser OtherStartup { get; init; }

    public required TestUser Admin { get; init; }

    public required Guid ConversationId { get; init; }

    /// <summary>A message from the Startup in the conversation of the first pair.</summary>
    public required Guid MessageId { get; init; }

    /// <summary>A voice message from the Startup in the conversation of the first pair.</summary>
    public required Guid VoiceMessageId { get; init; }

    /// <summary>An attachment that the Investor has sent in the conversation of the first pair.</summary>
    public required Guid SentAttachmentId { get; init; }

    /// <summary>An avatar of the Investor that is ready and not set.</summary>
    public required Guid AvatarId { get; init; }

    /// <summary>An upload of the Investor, of which the first byte has arrived.</summary>
    public required Guid UploadId { get; init; }

    /// <summary>The conversation of the other pair.</summary>
    public required Guid OtherConversationId { get; init; }

    /// <summary>A credit transaction of the Investor.</summary>
    public required Guid TransactionId { get; init; }

    /// <summary>An attachment of the Investor in the conversation of the first pair, which is not sent.</summary>
    public required Guid AttachmentId { get; init; }

    public static async Task<Cast> FormAsync(ApiServer server)
    {
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (otherInvestor, otherStartup, otherConversationId) = await server.RegisterPairAsync();
        var admin = await server.CreateAdminAsync();
        var message = (await startup.SendAsync(conversationId, "For the Investor alone")).Expect(HttpStatusCode.Created);
        var recording = await server.AddAttachmentAsync(startup.Id, conversationId, AttachmentKind.Voice);
        var voice = (await startup.SendAttachmentsAsync(conversationId, "", [recording])).Expect(HttpStatusCode.Created);
        admin.Client.DefaultRequestHeaders.Add("Idempotency-Key", Fresh());
        var credit = await admin.PostAsync($"/api/admin/wallets/{investor.Id}/credit", new { amount = 1000, reason = "To begin with" });

        return new Cast(server)
        {
            Investor = investor,
            Startup = startup,
            OtherInvestor = otherInvestor,
            OtherStartup = otherStartup,
            Admin = admin,
            ConversationId = conversationId,
            MessageId = message.Id(),
            VoiceMessageId = voice.Id(),
            OtherConversationId = otherConversationId,
            TransactionId = credit.Expect(HttpStatusCode.Created).Id(),
            AttachmentId = await server.AddAttachmentAsync(investor.Id, conversationId),
            SentAttachmentId = (await investor.SendAttachmentAsync(conversationId, [1, 2, 3])).Id,
            AvatarId = await server.AddAvatarAsync(investor.Id),
            UploadId = await server.AddAttachmentAsync(investor.Id, conversationId, state: AttachmentState.Receiving),
        };
    }

    /// <summary>
    /// Creates a valid request of the Investor, or of the Admin where an Admin is needed, with all members that its body can have.
    /// </summary>
    public async Task<Sample> SampleOfAsync(ApiDescription description, DescribedOperation operation)
    {
        var body = operation.Request is { } request ? FullestOf(request) : null;
        foreach (var member in description.MembersOf(operation))
        {
            // A cursor continues only the same search of the same user, and samples are changed and sent by others.
            if ((operation.Id, member.Name) is ("searchMessages", "cursor"))
                continue;

            body![member.Name] = await ValueAsync(operation, member)
                ?? body[member.Name]
                ?? throw new NotSupportedException($"{operation}: no example of {member.Name}.");
        }

        // Only the sender of a message can change it, and a deletion changes it for good.
        var isOwnMessage = operation.Id is "editMessage" or "deleteMessage" or "expireMessageSooner";
        var isOwnAttachment = operation.Id is "cancelUpload" or "completeUpload";
        var parameters = operation.Parameters.ToLookup(parameter => parameter.GetProperty("in").GetString(), parameter => parameter);

        return new Sample(
            operation,
            isOwnMessage
                ? ImmutableDictionary<string, string>.Empty.Add("id", await OwnMessageIdAsync())
                : isOwnAttachment
                ? ImmutableDictionary<string, string>.Empty.Add("id", $"{await _server.AddAttachmentAsync(Investor.Id, ConversationId)}")
                : parameters["path"].Select(NameOf).ToImmutableDictionary(name => name, name => IdIn(operation.Path, name)),
            [.. parameters["query"].Where(IsRequired).Select(parameter => (NameOf(parameter), IdOf(NameOf(parameter))?.ToString() ?? "1"))],
            [.. parameters["header"].Select(parameter => (NameOf(parameter), NameOf(parameter) == "Upload-Offset" ? "1" : Fresh()))],
            body,
            !operation.NeedsToken
                ? null
                : (operation.Path.StartsWith("/api/admin/", StringComparison.Ordinal) ? Admin : Investor).AccessToken);
    }

    /// <summary>Returns the id for a query parameter or body member of this name; null when it can be any id.</summary>
    public Guid? IdOf(string name) => name switch
    {
        "conversationId" => ConversationId,
        "messageIds" or "before" or "after" => MessageId,
        "messageId" => VoiceMessageId,
        "receiverId" or "userId" or "senderId" => Startup.Id,
        "attachmentIds" => SentAttachmentId,
        "attachmentId" => AvatarId,
        _ => null,
    };

    /// <summary>Returns the id of a new message of the Investor; of the Startup's message if the Investor can pay for no other.</summary>
    private async Task<string> OwnMessageIdAsync()
    {
        var sent = await Investor.SendAsync(ConversationId, "To change");

        return (sent.Status == HttpStatusCode.Created ? sent.Id() : MessageId).ToString();
    }

    private async Task<JsonNode?> ValueAsync(DescribedOperation operation, Member member) => (operation.Id, member.Name) switch
    {
        ("registerAccount", "email") => $"{Fresh()}@example.com",
        ("sendMessage", "neverExpires") => false,

        // An attachment can be sent only once, but a sample is sent many times.
        ("sendMessage", "attachmentIds") => new JsonArray(),
        ("searchMessages", "after") => "2020-01-01T00:00:00Z",
        ("searchMessages", "before") => "2100-01-01T00:00:00Z",
        ("searchMessages", "hasAttachment") => false,
        ("searchMessages", "limit") => 20,
        ("beginUpload", "kind") => "voice",
        ("beginUpload", "voice") => new JsonObject { ["durationMs"] = 1000, ["waveform"] = new JsonArray(1) },
        ("beginUpload", "description") => "A sentence",

        // An avatar that was replaced or removed cannot be set again.
        ("setAvatar", "attachmentId") => await _server.AddAvatarAsync(Investor.Id),
        (_, "email") => Investor.Email,
        (_, "password" or "currentPassword" or "newPassword") => ApiServer.Password,
        (_, "refreshToken") => (await _server.LogInAsync(Investor.Email)).RefreshToken,
        (_, "conversations") => new JsonArray(new JsonObject { ["conversationId"] = ConversationId, ["sinceRevision"] = 0, ["sincePersonalRevision"] = 0 }),

        // Other requests need the messages and conversations that these would hide.
        ("hideMessages", "messageIds") => new JsonArray(await OwnMessageIdAsync()),
        (_, "throughSequence") => 0,
        _ when member.Kind == MemberKind.Id => IdOf(member.Name) ?? Guid.CreateVersion7(),
        _ when member.Kind == MemberKind.List => new JsonArray(IdOf(member.Name)),
        _ => null,
    };

    /// <summary>Returns the id for a place in a path, determined by the segment before it.</summary>
    private string IdIn(string path, string name)
    {
        var segments = path.Split('/');
        var id = segments[Array.IndexOf(segments, $"{{{name}}}") - 1] switch
        {
            "conversations" => ConversationId,
            "messages" => MessageId,
            "wallet-transactions" => TransactionId,
            "uploads" => UploadId,
            "attachments" => SentAttachmentId,
            "users" or "wallets" => Startup.Id,
            var other => throw new NotSupportedException($"No id for {other} in {path}."),
        };

        return id.ToString();
    }

    private static JsonObject FullestOf(JsonElement request) =>
        JsonNode.Parse(DescribedOperation.ExamplesOf(request).MaxBy(example => example.EnumerateObject().Count()).GetRawText())!.AsObject();

    private static string NameOf(JsonElement parameter) => parameter.GetProperty("name").GetString()!;

    private static bool IsRequired(JsonElement parameter) =>
        parameter.TryGetProperty("required", out var required) && required.GetBoolean();

    private static string Fresh() => string.Create(CultureInfo.InvariantCulture, $"fresh-{Interlocked.Increment(ref _fresh)}");
}
