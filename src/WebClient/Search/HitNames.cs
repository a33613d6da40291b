using CleanMessaging.Client;
using CleanMessaging.WebClient.Text;

namespace CleanMessaging.WebClient.Search;

/// <summary>Knows the other participants of the conversations that have hits, also of those that are not in the loaded list.</summary>
public sealed class HitNames(MessagingSession session)
{
    /// <summary>The maximum number of conversations of a request.</summary>
    private const int RequestMax = 200;

    /// <summary>A revision that no conversation has, so that the response has the participants and no messages.</summary>
    private const long NoRevision = long.MaxValue;

    private readonly Dictionary<Guid, Participant> _found = [];
    private readonly HashSet<Guid> _requested = [];

    /// <summary>Returns the other participant of a conversation; null while that is not known.</summary>
    public Participant? Find(Guid conversationId) =>
        session.FindConversation(conversationId)?.OtherThan(session.User.Id) ?? _found.GetValueOrDefault(conversationId);

    /// <summary>Returns the name of the other participant, or a general one while it is not known.</summary>
    public string NameOf(Guid conversationId) =>
        Find(conversationId) is { } participant ? TextControls.Inline(participant.DisplayName) : "Conversation";

    /// <summary>Requests the participants that are not known; returns whether there are new ones.</summary>
    public async Task<bool> LoadAsync(IEnumerable<Guid> conversationIds)
    {
        var unknown = conversationIds.Distinct().Where(id => Find(id) is null && !_requested.Contains(id)).Take(RequestMax).ToList();
        if (unknown.Count == 0)
            return false;

        _requested.UnionWith(unknown);
        try
        {
            var synced = await session.Client.Conversations.SyncAsync([.. unknown.Select(id => new KnownConversation(id, NoRevision))]);
            foreach (var conversation in synced.Conversations)
            {
                if (conversation.Participants.FirstOrDefault(participant => participant.UserId != session.User.Id) is { } other)
                    _found[conversation.ConversationId] = other;
            }

            return true;
        }
        catch (MessagingException)
        {
            // The hits are shown without the names. The next change of the hits tries again.
            _requested.ExceptWith(unknown);

            return false;
        }
    }
}
