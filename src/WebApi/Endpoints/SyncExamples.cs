using CleanMessaging.Application.Conversations;
using CleanMessaging.WebApi.Responses;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>Examples of a synchronization.</summary>
internal static class SyncExamples
{
    private static readonly ConversationResponse _conversation = Examples.FoundConversation.Data;

    public static readonly SyncRequest Request = new(
        [new ConversationToSync { ConversationId = _conversation.Id, SinceRevision = 1, SincePersonalRevision = 0 }]);

    public static readonly Envelope<SyncedConversations> Response = Envelope.Of(new SyncedConversations(
        [
            new JoinedConversation(
                _conversation.Id,
                MessageChangeExamples.LaterDeleted.Sequence,
                MessageChangeExamples.LaterDeleted.Revision,
                _conversation.UnreadCount,
                _conversation.Participants,
                Recovered: true,
                [Examples.Answer],
                [MessageChangeExamples.LaterDeleted],
                Expired: [],
                ServerTime: Examples.Answer.CreatedAt.AddMinutes(1),
                _conversation.DefaultExpirationHours,
                _conversation.DefaultExpirationSetBy,
                Typing: [new TypingUser(Examples.Answer.SenderId, Examples.Answer.CreatedAt.AddMinutes(1).AddSeconds(4))],
                _conversation.Personal,
                Hidden: []),
        ],
        Inaccessible: [],
        Examples.Quota.Data,
        Examples.Answer.CreatedAt.AddMinutes(1)));
}
