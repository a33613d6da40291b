using System.Text.Json.Serialization;

namespace CleanMessaging.Client;

/// <summary>
/// Source-generated JSON serialization of requests and responses, which works in trimmed applications. Omits optional members that are
/// null, as the server requires. Ignores unknown members, which a newer server may add, and rejects responses that lack a required member.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Credentials))]
[JsonSerializable(typeof(QueuedMessage))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(Envelope<Credentials>), TypeInfoPropertyName = "EnvelopeCredentials")]
[JsonSerializable(typeof(Envelope<Nothing>), TypeInfoPropertyName = "EnvelopeNothing")]
[JsonSerializable(typeof(Envelope<FoundUser>), TypeInfoPropertyName = "EnvelopeFoundUser")]
[JsonSerializable(typeof(Envelope<Conversation>), TypeInfoPropertyName = "EnvelopeConversation")]
[JsonSerializable(typeof(Envelope<UnreadTotals>), TypeInfoPropertyName = "EnvelopeUnreadTotals")]
[JsonSerializable(typeof(Envelope<SyncedConversations>), TypeInfoPropertyName = "EnvelopeSyncedConversations")]
[JsonSerializable(typeof(Envelope<Message>), TypeInfoPropertyName = "EnvelopeMessage")]
[JsonSerializable(typeof(Envelope<DeletedMessage>), TypeInfoPropertyName = "EnvelopeDeletedMessage")]
[JsonSerializable(typeof(Envelope<IReadOnlyList<MessageVersion>>), TypeInfoPropertyName = "EnvelopeMessageVersions")]
[JsonSerializable(typeof(Envelope<MarkedRead>), TypeInfoPropertyName = "EnvelopeMarkedRead")]
[JsonSerializable(typeof(Envelope<PersonalState>), TypeInfoPropertyName = "EnvelopePersonalState")]
[JsonSerializable(typeof(Envelope<HiddenMessages>), TypeInfoPropertyName = "EnvelopeHiddenMessages")]
[JsonSerializable(typeof(Envelope<UserDetails>), TypeInfoPropertyName = "EnvelopeUserDetails")]
[JsonSerializable(typeof(Envelope<Quota>), TypeInfoPropertyName = "EnvelopeQuota")]
[JsonSerializable(typeof(Envelope<Wallet>), TypeInfoPropertyName = "EnvelopeWallet")]
[JsonSerializable(typeof(Envelope<WalletTransaction>), TypeInfoPropertyName = "EnvelopeWalletTransaction")]
[JsonSerializable(typeof(PageEnvelope<FoundUser>), TypeInfoPropertyName = "PageEnvelopeFoundUser")]
[JsonSerializable(typeof(PageEnvelope<Conversation>), TypeInfoPropertyName = "PageEnvelopeConversation")]
[JsonSerializable(typeof(PageEnvelope<WalletTransaction>), TypeInfoPropertyName = "PageEnvelopeWalletTransaction")]
[JsonSerializable(typeof(PageEnvelope<UserTransaction>), TypeInfoPropertyName = "PageEnvelopeUserTransaction")]
[JsonSerializable(typeof(SentEnvelope))]
[JsonSerializable(typeof(VerificationEnvelope))]
[JsonSerializable(typeof(MessagePageEnvelope))]
[JsonSerializable(typeof(FoundMessagesEnvelope))]
[JsonSerializable(typeof(RegisterRequest))]
[JsonSerializable(typeof(LogInRequest))]
[JsonSerializable(typeof(RefreshRequest))]
[JsonSerializable(typeof(ChangePasswordRequest))]
[JsonSerializable(typeof(StartConversationRequest))]
[JsonSerializable(typeof(SyncRequest))]
[JsonSerializable(typeof(SendMessageRequest))]
[JsonSerializable(typeof(EditMessageRequest))]
[JsonSerializable(typeof(MarkReadRequest))]
[JsonSerializable(typeof(ArchiveRequest))]
[JsonSerializable(typeof(MuteRequest))]
[JsonSerializable(typeof(ThroughRequest))]
[JsonSerializable(typeof(HideRequest))]
[JsonSerializable(typeof(CreditRequest))]
[JsonSerializable(typeof(ReverseRequest))]
[JsonSerializable(typeof(SetQuotaRequest))]
[JsonSerializable(typeof(SetDailyFreeLimitRequest))]
[JsonSerializable(typeof(SetPointsPerMessageRequest))]
[JsonSerializable(typeof(JoinCall))]
[JsonSerializable(typeof(LeaveCall))]
[JsonSerializable(typeof(TypingCall))]
[JsonSerializable(typeof(JoinedConversation))]
[JsonSerializable(typeof(NewMessageEvent))]
[JsonSerializable(typeof(MessageChangedEvent))]
[JsonSerializable(typeof(MessageDeletedEvent))]
[JsonSerializable(typeof(TypingEvent))]
[JsonSerializable(typeof(ReadEvent))]
[JsonSerializable(typeof(ConversationUpdatedEvent))]
[JsonSerializable(typeof(PersonalChangedEvent))]
[JsonSerializable(typeof(SyncNeededEvent))]
[JsonSerializable(typeof(ServerDrainingEvent))]
internal sealed partial class MessagingJson : JsonSerializerContext;
