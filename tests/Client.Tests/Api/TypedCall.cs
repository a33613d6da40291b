namespace CleanMessaging.Client.Tests.Api;

/// <summary>The client's typed call of an operation with all its arguments, and the request that it must send.</summary>
/// <param name="Id">The operation's id in the document.</param>
internal sealed record TypedCall(string Id, Type? Request, Type Answer, Func<MessagingClient, CancellationToken, Task> Make)
{
    public static readonly IReadOnlyList<TypedCall> All =
    [
        new("registerAccount", typeof(RegisterRequest), typeof(Envelope<Credentials>), (client, token) =>
            client.Accounts.RegisterAsync("ada@example.com", "password", "Ada", UserRole.Investor, token)),
        new("logIn", typeof(LogInRequest), typeof(Envelope<Credentials>), (client, token) =>
            client.Accounts.LogInAsync("ada@example.com", "password", token)),
        new("refreshSession", typeof(RefreshRequest), typeof(Envelope<Credentials>), (client, token) =>
            client.Accounts.RefreshAsync(token)),
        new("logOut", null, typeof(Envelope<Nothing>), (client, token) =>
            client.Accounts.LogOutAsync(token)),
        new("changePassword", typeof(ChangePasswordRequest), typeof(Envelope<Credentials>), (client, token) =>
            client.Accounts.ChangePasswordAsync("password", "another", token)),
        new("findUsers", null, typeof(PageEnvelope<FoundUser>), (client, token) =>
            client.Users.FindAsync("ada", "cursor", 7, token)),
        new("listConversations", null, typeof(PageEnvelope<Conversation>), (client, token) =>
            client.Conversations.ListAsync("cursor", 7, ConversationFilter.Archived, token)),
        new("getConversation", null, typeof(Envelope<Conversation>), (client, token) =>
            client.Conversations.GetAsync(Given.ConversationId, token)),
        new("getUnreadTotals", null, typeof(Envelope<UnreadTotals>), (client, token) =>
            client.Conversations.GetUnreadTotalsAsync(token)),
        new("startConversation", typeof(StartConversationRequest), typeof(Envelope<Conversation>), (client, token) =>
            client.Conversations.StartAsync(Given.Stan.Id, 5, token)),
        new("syncConversations", typeof(SyncRequest), typeof(Envelope<SyncedConversations>), (client, token) =>
            client.Conversations.SyncAsync([new KnownConversation(Given.ConversationId, 7, 3)], token)),
        new("archiveConversation", typeof(ArchiveRequest), typeof(Envelope<PersonalState>), (client, token) =>
            client.Conversations.ArchiveAsync(Given.ConversationId, 7, forever: true, token)),
        new("unarchiveConversation", null, typeof(Envelope<PersonalState>), (client, token) =>
            client.Conversations.UnarchiveAsync(Given.ConversationId, token)),
        new("muteConversation", typeof(MuteRequest), typeof(Envelope<PersonalState>), (client, token) =>
            client.Conversations.MuteAsync(Given.ConversationId, Given.Noon, token)),
        new("unmuteConversation", null, typeof(Envelope<PersonalState>), (client, token) =>
            client.Conversations.UnmuteAsync(Given.ConversationId, token)),
        new("pinConversation", null, typeof(Envelope<PersonalState>), (client, token) =>
            client.Conversations.PinAsync(Given.ConversationId, token)),
        new("unpinConversation", null, typeof(Envelope<PersonalState>), (client, token) =>
            client.Conversations.UnpinAsync(Given.ConversationId, token)),
        new("clearConversation", typeof(ThroughRequest), typeof(Envelope<PersonalState>), (client, token) =>
            client.Conversations.ClearAsync(Given.ConversationId, 7, token)),
        new("deleteConversation", typeof(ThroughRequest), typeof(Envelope<PersonalState>), (client, token) =>
            client.Conversations.DeleteAsync(Given.ConversationId, 7, token)),
        new("hideMessages", typeof(HideRequest), typeof(Envelope<HiddenMessages>), (client, token) =>
            client.Messages.HideAsync(Given.ConversationId, [Given.IdOf(1)], token)),
        new("getMessages", null, typeof(MessagePageEnvelope), (client, token) =>
            client.Messages.GetAsync(Given.ConversationId, Given.IdOf(1), Given.IdOf(2), 7, 3, 4, 5, token)),
        new("lookUpMessages", null, typeof(FoundMessagesEnvelope), (client, token) =>
            client.Messages.LookUpAsync(Given.ConversationId, [3, 17], token)),
        new("searchMessages", typeof(SearchMessagesRequest), typeof(SearchEnvelope), (client, token) =>
            client.Messages.SearchAsync(
                new MessageSearch("term", Given.ConversationId, Given.Stan.Id, Given.Noon, Given.Noon.AddDays(1), HasAttachment: true), "cursor", 7, token)),
        new("sendMessage", typeof(SendMessageRequest), typeof(SentEnvelope), (client, token) =>
            client.Messages.SendAsync(Given.ConversationId, "Hello", Given.IdOf(1), 24, 10, true, 3, [Given.IdOf(2)], token)),
        new("editMessage", typeof(EditMessageRequest), typeof(Envelope<Message>), (client, token) =>
            client.Messages.EditAsync(Given.IdOf(1), "Better", 3, token)),
        new("getMessageVersions", null, typeof(Envelope<IReadOnlyList<MessageVersion>>), (client, token) =>
            client.Messages.GetVersionsAsync(Given.IdOf(1), token)),
        new("reactToMessage", typeof(ReactRequest), typeof(Envelope<Message>), (client, token) =>
            client.Messages.ReactAsync(Given.IdOf(1), "👍", token)),
        new("removeReaction", null, typeof(Envelope<Message>), (client, token) =>
            client.Messages.UnreactAsync(Given.IdOf(1), token)),
        new("expireMessageSooner", typeof(ExpireSoonerRequest), typeof(Envelope<Message>), (client, token) =>
            client.Messages.ExpireSoonerAsync(Given.IdOf(1), 2, token)),
        new("setDefaultExpiration", typeof(SetExpirationRequest), typeof(Envelope<Conversation>), (client, token) =>
            client.Conversations.SetExpirationAsync(Given.ConversationId, 24, token)),
        new("deleteMessage", null, typeof(Envelope<DeletedMessage>), (client, token) =>
            client.Messages.DeleteAsync(Given.IdOf(1), token)),
        new("markRead", typeof(MarkReadRequest), typeof(Envelope<MarkedRead>), (client, token) =>
            client.Messages.MarkReadAsync(Given.ConversationId, [Given.IdOf(1)], token)),
        new("markPlayed", typeof(MarkPlayedRequest), typeof(Envelope<MarkedPlayed>), (client, token) =>
            client.Messages.MarkPlayedAsync(Given.ConversationId, Given.IdOf(1), token)),
        new("beginUpload", typeof(BeginUploadRequest), typeof(Envelope<Upload>), (client, token) =>
            client.Attachments.BeginAsync(
                new NewUpload(Given.ConversationId, AttachmentKind.Voice, "a.ogg", 9, "Hello", new VoiceDetails(300, [7])), token)),
        new("setAvatar", typeof(SetAvatarRequest), typeof(Envelope<User>), (client, token) =>
            client.Users.SetAvatarAsync(Given.IdOf(1), token)),
        new("removeAvatar", null, typeof(Envelope<User>), (client, token) =>
            client.Users.RemoveAvatarAsync(token)),
        new("getUpload", null, typeof(Envelope<Upload>), (client, token) =>
            client.Attachments.GetUploadAsync(Given.IdOf(1), token)),
        new("receivePart", null, typeof(string), (client, token) =>
            client.Attachments.SendPartAsync(Given.IdOf(1), 0, "{}"u8.ToArray(), token)),
        new("openAttachment", null, typeof(string), (client, token) =>
            client.Attachments.OpenAsync(Given.IdOf(1), AttachmentVariant.Thumbnail, 0, token)),
        new("completeUpload", null, typeof(Envelope<MessageAttachment>), (client, token) =>
            client.Attachments.CompleteAsync(Given.IdOf(1), token)),
        new("cancelUpload", null, typeof(Envelope<Nothing>), (client, token) =>
            client.Attachments.CancelAsync(Given.IdOf(1), token)),
        new("createMediaLinks", typeof(CreateLinksRequest), typeof(Envelope<CreatedLinks>), (client, token) =>
            client.Attachments.CreateLinksAsync([Given.IdOf(1)], token)),
        new("listAttachments", null, typeof(PageEnvelope<ConversationAttachment>), (client, token) =>
            client.Attachments.ListAsync(Given.ConversationId, AttachmentKind.Image, "cursor", 7, token)),
        new("getStorageUsage", null, typeof(Envelope<StorageUsage>), (client, token) =>
            client.Attachments.GetUsageAsync(token)),
        new("setStorageLimit", typeof(SetStorageLimitRequest), typeof(Envelope<StorageUsage>), (client, token) =>
            client.Administration.SetStorageLimitAsync(Given.Ines.Id, 5, token)),
        new("getQuota", null, typeof(Envelope<Quota>), (client, token) =>
            client.Messages.GetQuotaAsync(token)),
        new("getRules", null, typeof(Envelope<MessageRules>), (client, token) =>
            client.Messages.GetRulesAsync(token)),
        new("getWallet", null, typeof(Envelope<Wallet>), (client, token) =>
            client.Wallet.GetBalanceAsync(token)),
        new("getStatement", null, typeof(PageEnvelope<WalletTransaction>), (client, token) =>
            client.Wallet.GetStatementAsync("cursor", 7, token)),
        new("creditWallet", typeof(CreditRequest), typeof(Envelope<WalletTransaction>), (client, token) =>
            client.Administration.CreditAsync(Given.Ines.Id, 5, "Welcome", "key", token)),
        new("reverseTransaction", typeof(ReverseRequest), typeof(Envelope<WalletTransaction>), (client, token) =>
            client.Administration.ReverseAsync(Given.IdOf(1), "A mistake", token)),
        new("verifyLedger", null, typeof(VerificationEnvelope), (client, token) =>
            client.Administration.VerifyStepAsync("cursor", token)),
        new("setUserQuota", typeof(SetQuotaRequest), typeof(Envelope<Quota>), (client, token) =>
            client.Administration.SetQuotaAsync(Given.Ines.Id, 5, 7, token)),
        new("purgeExpiredMessages", typeof(PurgeRequest), typeof(Envelope<PurgedMessages>), (client, token) =>
            client.Administration.PurgeStepAsync(Given.Noon.AddDays(-60), "Retention period", 5, token)),
        new("listAdminActions", null, typeof(PageEnvelope<AdminAction>), (client, token) =>
            client.Administration.GetActionsAsync("cursor", 7, token)),
        new("getUserDetails", null, typeof(Envelope<UserDetails>), (client, token) =>
            client.Administration.GetUserAsync(Given.Ines.Id, token)),
        new("getUserStatement", null, typeof(PageEnvelope<UserTransaction>), (client, token) =>
            client.Administration.GetStatementAsync(Given.Ines.Id, "cursor", 7, token)),
        new("deactivateUser", null, typeof(Envelope<FoundUser>), (client, token) =>
            client.Administration.DeactivateAsync(Given.Ines.Id, token)),
        new("reactivateUser", null, typeof(Envelope<FoundUser>), (client, token) =>
            client.Administration.ReactivateAsync(Given.Ines.Id, token)),
    ];
}
