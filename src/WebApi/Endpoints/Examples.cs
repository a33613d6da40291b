using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Quotas;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Users;
using CleanMessaging.Application.Wallets;
using CleanMessaging.Application.Wallets.Verification;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Identity;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.WebApi.Responses;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>
/// Consistent examples for the OpenAPI document: a conversation between the demo Investor and the demo Startup on a morning in November.
/// They use the request and response types, so that a renamed member also changes in its example.
/// </summary>
internal static class Examples
{
    public static readonly Guid ConversationId = new("019ab0c4-7b1e-7c3a-9f52-1d3f5b7a9c01");
    public static readonly Guid AvatarId = new("019ab0c4-77aa-7c1e-8b3d-2f60a9d4e511");

    private static readonly Guid _investorId = new("019ab0a1-02d4-7e10-8b6c-2f4a6c8e0a11");
    private static readonly Guid _startupId = new("019ab0a1-03f8-7a21-9c7d-3a5b7d9f1b22");
    private static readonly Guid _questionId = new("019ab0c5-1a2b-7d4e-8f60-4b6c8e0a2c33");
    private static readonly Guid _answerId = new("019ab0c9-6f70-7b81-a293-5c7d9f1b3d44");
    private static readonly Guid _clientMessageId = new("019ab0c9-6e01-7f92-b3a4-6d8e0a2c4e55");
    private static readonly Guid _creditId = new("019ab0d2-44c6-7da3-94b5-7e9f1b3d5f66");
    private static readonly Guid _spendingId = new("019ab0c9-6f71-7eb4-a5c6-8fa02c4e6a77");
    private static readonly Guid _reversalId = new("019ab0d5-9b3a-7fc5-b6d7-90b13d5f7b88");

    private static readonly DateTimeOffset _morning = new(2026, 11, 23, 10, 15, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset _midnight = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);

    private static readonly (string Email, string DisplayName, UserRole Role) _investor =
        DemoAccounts.All.First(demo => demo.Role == UserRole.Investor);
    private static readonly (string Email, string DisplayName, UserRole Role) _startup =
        DemoAccounts.All.First(demo => demo.Role == UserRole.Startup);

    private static readonly CursorPage _lastPage = new(NextCursor: null);
    private static readonly CursorPage _moreToCome = new("AZqwoQP4eiGcfTpbfZ8bIlN0YW4gU3RhcnR1cA");

    private static readonly UserResponse _investorsProfile =
        new(_investorId, _investor.Email, _investor.DisplayName, _investor.Role, AvatarId: null);

    public static readonly RegisterRequest Register = new("nora@example.com", "a long pass phrase", "Nora Novak", UserRole.Investor);

    public static readonly LogInRequest LogIn = new(_investor.Email, DemoAccounts.DefaultPassword);

    public static readonly RefreshRequest Refresh = new("AZqwoQLUfhCLbC9KbI4KEcIYp3hXn0k5v1q8Zb7RkT2mWd4eYs6uLx9aCf0jHg3i");

    public static readonly Envelope<SessionResponse> Registered =
        Envelope.Of(
            Session(
                new UserResponse(
                    new Guid("019ab0be-5d6e-7f80-81a2-a1c24e608c99"),
                    Register.Email,
                    Register.DisplayName,
                    Register.Role,
                    AvatarId: null)));

    public static readonly Envelope<SessionResponse> LoggedIn =
        Envelope.Of(Session(_investorsProfile) with { ExpiredMessages = 3 });

    public static readonly NothingEnvelope LoggedOut = new();

    public static readonly ChangePasswordRequest ChangePassword = new(DemoAccounts.DefaultPassword, "a longer pass phrase");

    public static readonly PageEnvelope<UserSummary> UsersAsOthersSeeThem =
        new([new UserSummary(_startupId, _startup.DisplayName, _startup.Role, AvatarId)], _moreToCome);

    public static readonly PageEnvelope<FoundUser> UsersAsAdminsSeeThem = new(
        [
            new FoundUser(_investorId, _investor.DisplayName, _investor.Role, _investor.Email, DeactivatedAt: null, AvatarId: null),
            new FoundUser(_startupId, _startup.DisplayName, _startup.Role, _startup.Email, DeactivatedAt: null, AvatarId),
        ],
        _lastPage);

    public static readonly Envelope<FoundUser> Reactivated = Envelope.Of(UsersAsAdminsSeeThem.Data[1]);

    public static readonly Envelope<FoundUser> Deactivated = Envelope.Of(Reactivated.Data with { DeactivatedAt = _morning.AddMinutes(20) });

    public static readonly StartConversationRequest StartConversation = new() { ReceiverId = _startupId, PointsCost = 0 };

    public static readonly MessageResponse Question = new(
        Id: _questionId, ConversationId: ConversationId, Sequence: 1, Revision: 1, SenderId: _investorId,
        "Good morning! Could you send me your numbers for October?",
        _morning.AddMinutes(-20), _morning.AddMinutes(-20),
        ExpiresAt: null, IsRead: true, ReadAt: _morning.AddMinutes(-5),
        ClientMessageId: null, EditedAt: null, Version: 0, Reactions: [], ReplyToSequence: null, Attachments: [], PlayedAt: null);

    public static readonly MessageResponse Answer = new(
        Id: _answerId, ConversationId: ConversationId, Sequence: 2, Revision: 2, SenderId: _startupId,
        "Here they are: 1.2 million in revenue, 18 % up.",
        _morning, _morning,
        _morning.AddHours(24), IsRead: false, ReadAt: null,
        ClientMessageId: _clientMessageId, EditedAt: null, Version: 0, Reactions: [], ReplyToSequence: 1, Attachments: [], PlayedAt: null);

    private static readonly ConversationResponse _conversation = new(
        ConversationId,
        [
            new ParticipantResponse(
                _investorId, _investor.DisplayName, _investor.Role, LastReadSequence: 0, IsDeactivated: false, AvatarId: null),
            new ParticipantResponse(
                _startupId, _startup.DisplayName, _startup.Role, LastReadSequence: 1, IsDeactivated: false, AvatarId),
        ],
        Answer,
        UnreadCount: 1,
        LastSequence: 2,
        Revision: 2,
        _morning.AddMinutes(-30),
        DefaultExpirationHours: null,
        DefaultExpirationSetBy: null,
        PersonalExamples.Unchanged);

    public static readonly Envelope<ConversationResponse> FoundConversation = Envelope.Of(_conversation);

    public static readonly Envelope<ConversationResponse> StartedConversation = Envelope.Of(_conversation with
    {
        Participants = [.. _conversation.Participants.Select(participant => participant with { LastReadSequence = 0 })],
        LastMessage = null,
        UnreadCount = 0,
        LastSequence = 0,
        Revision = 0,
    });

    public static readonly PageEnvelope<ConversationResponse> Conversations = new([_conversation], _lastPage);

    public static readonly Envelope<UnreadTotals> UnreadTotals = Envelope.Of(
        new UnreadTotals(Conversations: 3, Messages: 48, ArchivedConversations: 1, ArchivedMessages: 2));

    public static readonly SendMessageRequest ShortMessage =
        new() { ConversationId = ConversationId, Content = "Good morning! Could you send me your numbers for October?" };

    public static readonly SendMessageRequest FullMessage = new()
    {
        ConversationId = ConversationId,
        Content = Answer.Content!,
        ExpirationHours = 24,
        ClientMessageId = _clientMessageId,
        MaxPoints = 10,
        ReplyToSequence = 1,
    };

    public static readonly SentEnvelope Sent = new(Answer, new ChargeResponse(0));

    public static readonly SentEnvelope SentBefore = Sent;

    public static readonly SentEnvelope SentBeforeAndExpired =
        new(Answer with { Content = null }, new ChargeResponse(0));

    public static readonly MarkReadRequest ReadEverything = new() { ConversationId = ConversationId };

    public static readonly MarkReadRequest ReadUpTo = new() { ConversationId = ConversationId, MessageIds = [_questionId, _answerId] };

    public static readonly Envelope<MarkedRead> MarkedRead = Envelope.Of(new MarkedRead(MessagesMarked: 1, LastReadSequence: 2));

    public static readonly Envelope<QuotaResponse> Quota = Envelope.Of(new QuotaResponse(
        MessagesSentToday: 3,
        RemainingFree: 17,
        RequiresPoints: false,
        QuotaPolicy.DefaultPointsPerMessage,
        QuotaPolicy.DefaultDailyFreeLimit,
        _midnight,
        DemoAccounts.Points));

    public static readonly SetQuotaRequest SetQuota = new() { DailyFreeLimit = 50, PointsPerMessage = 5 };

    public static readonly SetQuotaRequest ResetQuota = new() { DailyFreeLimit = null, PointsPerMessage = null };

    /// <summary>An anonymous type, because the request type would also write the member that this example leaves out.</summary>
    public static readonly object SetPrice = new { SetQuota.PointsPerMessage };

    public static readonly Envelope<UserDetailsResponse> UserDetails = Envelope.Of(new UserDetailsResponse(
        UsersAsAdminsSeeThem.Data[0],
        Quota.Data with { PointsPerMessage = 5 },
        new UserLimits(
            new LimitInForce(QuotaPolicy.DefaultDailyFreeLimit, LimitSource.General, QuotaPolicy.DefaultDailyFreeLimit),
            new LimitInForce(5, LimitSource.Own, QuotaPolicy.DefaultPointsPerMessage))));

    public static readonly Envelope<QuotaResponse> QuotaSet =
        Envelope.Of(Quota.Data with { DailyFreeLimit = 50, RemainingFree = 47, PointsPerMessage = 5 });

    public static readonly Envelope<WalletResponse> Wallet = Envelope.Of(new WalletResponse(DemoAccounts.Points));

    public static readonly HeaderDescription CreditKey = new(
        IdempotencyHeaders.Key,
        "A key that the client chooses, 1 to 200 visible ASCII characters. A key stands for one credit permanently.", "topup-2026-11-23-0001");

    public static readonly CreditRequest Credit = new(250, "Invoice 2026-1123 paid");

    public static readonly Envelope<WalletTransactionResponse> Credited = Envelope.Of(new WalletTransactionResponse(
        Id: _creditId,
        "TOPUP",
        Credit.Amount,
        BalanceAfter: 740,
        MessageId: null,
        ConversationId: null,
        ReversesId: null,
        Credit.Reason,
        _morning.AddMinutes(10)));

    public static readonly ReverseRequest Reverse = new("Credited to the wrong wallet");

    public static readonly Envelope<WalletTransactionResponse> Reversed = Envelope.Of(Credited.Data with
    {
        Id = _reversalId,
        Type = "REVERSAL",
        Amount = -Credit.Amount,
        BalanceAfter = 490,
        ReversesId = _creditId,
        Reason = Reverse.Reason,
        CreatedAt = _morning.AddMinutes(13),
    });

    public static readonly PageEnvelope<WalletTransactionResponse> Statement = new(
        [
            Reversed.Data,
            Credited.Data,
            new WalletTransactionResponse(
                Id: _spendingId, "SPEND", -10, BalanceAfter: 490,
                MessageId: _answerId, ConversationId: ConversationId, ReversesId: null, Reason: null, _morning),
        ],
        _moreToCome);

    public static readonly PageEnvelope<UserTransactionResponse> UserStatement = new(
        [.. Statement.Data.Select(line => new UserTransactionResponse(
            Id: line.Id, line.Type, line.Amount, line.BalanceAfter,
            MessageId: line.MessageId, ConversationId: line.ConversationId, ReversesId: line.ReversesId, line.Reason, line.CreatedAt)
        {
            ReversedById = line.Id == _creditId ? _reversalId : null,
        })],
        _moreToCome);

    public static readonly VerificationEnvelope Consistent = new(
        new LedgerVerification(
            Consistent: true, Wallets: 128, Transactions: 4096, Messages: 3890, Reversals: 7, TotalBalance: 61_250, Differences: []),
        _lastPage);

    public static readonly VerificationEnvelope Inconsistent = Consistent with
    {
        Data = Consistent.Data with
        {
            Consistent = false,
            Differences = [new LedgerDifference("balance", _startupId, Expected: 490, Actual: 500)],
        },
    };

    public static readonly VerificationEnvelope PartlyVerified = new(
        Consistent.Data with
        {
            Consistent = null,
            Wallets = 3060,
            Transactions = 120_000,
            Messages = 0,
            Reversals = 0,
            TotalBalance = 1_500_000,
        },
        new CursorPage("AQABi8_lqAB6PoABAAAAB_QAAAAAAAAAZAAAAAAAAYagAAAAAAAAAAAAAAAAAAGGoAAAAAAAAAf0AAAAAAADDUAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAX14QAAAAA"));

    public static readonly ApiProblem TooManyWrongPasswords = LimitErrors.TooManyWrongPasswords(TimeSpan.FromSeconds(60));

    public static readonly DomainError MessageNotCovered = WalletErrors.InsufficientBalance(price: 10, balance: 4, _midnight);

    public static readonly DomainError ConversationNotCovered = WalletErrors.InsufficientBalance(price: 100, balance: 4);

    public static readonly DomainError ConsentRequired = QuotaErrors.ConsentRequired(
        new QuotaStatus(
            MessagesSentToday: 20,
            RemainingFree: 0,
            NextPrice: 10,
            QuotaPolicy.DefaultPointsPerMessage,
            QuotaPolicy.DefaultDailyFreeLimit,
            _midnight),
        DemoAccounts.Points);

    public static readonly DomainError PriceChanged = ConversationErrors.PriceChanged(price: 100, agreed: 0);

    public static readonly DomainError ReversalExceedsBalance = WalletErrors.ReversalExceedsBalance(amount: 250, balance: 40);

    private static SessionResponse Session(UserResponse user) => new(
        "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTlhYjBhMSJ9.an-example-and-no-signature",
        _morning.AddMinutes(15),
        Refresh.RefreshToken,
        user,
        ExpiredMessages: 0);
}
