using System.Text.Json.Serialization;

namespace CleanMessaging.Client;

// Requests, responses and events of the wire format that are not part of the public API.

/// <summary>A response whose status shows whether the request created a resource.</summary>
internal interface ICreatable
{
    bool IsCreated { get; set; }
}

internal record Envelope<T>(bool Success, T Data) : ICreatable
{
    /// <summary>Whether the status was 201: the request created a resource.</summary>
    [JsonIgnore]
    public bool IsCreated { get; set; }
}

internal sealed record PageEnvelope<T>(bool Success, IReadOnlyList<T> Data, CursorPage Page) : Envelope<IReadOnlyList<T>>(Success, Data);

internal sealed record CursorPage(string? NextCursor);

internal sealed record SentEnvelope(bool Success, Message Data, Charge Charge) : Envelope<Message>(Success, Data);

internal sealed record Charge(long Points);

internal sealed record MessagePageEnvelope(bool Success, IReadOnlyList<Message> Data, MessagePageInfo Page)
    : Envelope<IReadOnlyList<Message>>(Success, Data)
{
    public IReadOnlyList<DeletedMessage> Deleted
    {
        // A server of an earlier version does not send it.
        get => field ?? [];
        init;
    }

    public IReadOnlyList<Message> Quoted
    {
        // A server of an earlier version does not send it.
        get => field ?? [];
        init;
    }
}

internal sealed record FoundMessagesEnvelope(bool Success, IReadOnlyList<Message> Data, IReadOnlyList<long> Omitted)
    : Envelope<IReadOnlyList<Message>>(Success, Data);

internal sealed record SearchEnvelope(bool Success, IReadOnlyList<MessageHit> Data, SearchPageInfo Page)
    : Envelope<IReadOnlyList<MessageHit>>(Success, Data);

internal sealed record SearchPageInfo(string? NextCursor, DateTimeOffset? SearchedBackTo, bool IsComplete);

internal sealed record VerificationEnvelope(bool Success, LedgerVerification Data, CursorPage Page)
    : Envelope<LedgerVerification>(Success, Data);

internal sealed record MessagePageInfo(bool HasMoreBefore, bool HasMoreAfter, long? OldestSequence, long? NewestSequence);

/// <summary>The data of a response that has no data.</summary>
internal sealed record Nothing;

internal sealed record Wallet(long Balance);

internal sealed record RegisterRequest(string Email, string Password, string DisplayName, UserRole Role);

internal sealed record LogInRequest(string Email, string Password);

internal sealed record RefreshRequest(string RefreshToken);

internal sealed record ChangePasswordRequest(string CurrentPassword, string NewPassword);

internal sealed record StartConversationRequest(Guid ReceiverId, long? PointsCost);

internal sealed record SyncRequest(IReadOnlyList<KnownConversation> Conversations);

internal sealed record SendMessageRequest(
    Guid ConversationId,
    string Content,
    int? ExpirationHours,
    bool? NeverExpires,
    Guid? ClientMessageId,
    long? MaxPoints,
    long? ReplyToSequence,
    IReadOnlyList<Guid>? AttachmentIds = null);

/// <param name="Bytes">The size of the file.</param>
internal sealed record BeginUploadRequest(
    Guid ClientUploadId, Guid? ConversationId, AttachmentKind Kind, string Name, long Bytes, string? Description, VoiceDetails? Voice);

internal sealed record SetAvatarRequest(Guid AttachmentId);

internal sealed record CreateLinksRequest(IReadOnlyList<Guid> AttachmentIds);

internal sealed record CreatedLinks(IReadOnlyList<AttachmentLink> Links);

internal sealed record SetStorageLimitRequest([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? BytesLimit);

internal sealed record SetExpirationRequest([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] int? ExpirationHours);

internal sealed record ExpireSoonerRequest(int ExpirationHours);

internal sealed record MarkReadRequest(Guid ConversationId, IReadOnlyList<Guid>? MessageIds);

internal sealed record MarkPlayedRequest(Guid ConversationId, Guid MessageId);

internal sealed record MarkedPlayed(DateTimeOffset? PlayedAt);

internal sealed record SearchMessagesRequest(
    string? Query,
    Guid? ConversationId,
    Guid? SenderId,
    DateTimeOffset? After,
    DateTimeOffset? Before,
    bool? HasAttachment,
    string? Cursor,
    int? Limit);

internal sealed record EditMessageRequest(string Content, int Version);

internal sealed record ReactRequest(string Emoji);

internal sealed record CreditRequest(long Amount, string Reason);

internal sealed record ReverseRequest(string Reason);

internal sealed record PurgeRequest(DateTimeOffset ExpiredBefore, int? AtMost, string Reason);

/// <summary>The limits to set. Null means the general limit, and is therefore serialized.</summary>
internal sealed record SetQuotaRequest(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] int? DailyFreeLimit,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? PointsPerMessage);

internal sealed record SetDailyFreeLimitRequest([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] int? DailyFreeLimit);

internal sealed record SetPointsPerMessageRequest([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? PointsPerMessage);

internal sealed record ArchiveRequest(long ThroughSequence, bool? Forever);

internal sealed record MuteRequest(DateTimeOffset? Until);

internal sealed record ThroughRequest(long ThroughSequence);

internal sealed record HideRequest(Guid ConversationId, IReadOnlyList<Guid> MessageIds);

internal sealed record JoinCall(Guid ConversationId, long? SinceRevision, long? SincePersonalRevision);

internal sealed record LeaveCall(Guid ConversationId);

internal sealed record TypingCall(Guid ConversationId, bool IsTyping);

internal sealed record NewMessageEvent(Guid ConversationId, Message Message);

internal sealed record MessageChangedEvent(Guid ConversationId, Message Message, IReadOnlyList<long> Revisions);

internal sealed record MessageDeletedEvent(Guid ConversationId, DeletedMessage Deleted);

internal sealed record ExpirationChangedEvent(Guid ConversationId, long Revision, int? DefaultExpirationHours, Guid? ByUserId);

internal sealed record TypingEvent(
    Guid ConversationId, Guid UserId, bool IsTyping, DateTimeOffset Until, long Sequence, long Revision);

internal sealed record ReadEvent(Guid ConversationId, Guid UserId, long LastReadSequence, long Revision);

internal sealed record ConversationUpdatedEvent(Conversation Conversation);

internal sealed record PersonalChangedEvent(
    Guid ConversationId, PersonalState Personal, long SincePersonalRevision, IReadOnlyList<long> Hidden);

internal sealed record SyncNeededEvent(int WithinMs);

internal sealed record ServerDrainingEvent(int ReconnectAfterMs);
