using AutoMapper;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Conversations;

/// <summary>A conversation as one of its participants sees it.</summary>
/// <param name="LastMessage">The newest message that is visible now; null when there is none.</param>
/// <param name="UnreadCount">The other's visible messages after the viewer's read pointer; falls by itself when one expires.</param>
/// <param name="LastSequence">Of the newest message, expired or not.</param>
/// <param name="Revision">Goes up by one with every visible change; a client that sees a hole has missed something.</param>
public sealed record ConversationResponse(
    Guid Id,
    IReadOnlyList<ParticipantResponse> Participants,
    MessageResponse? LastMessage,
    int UnreadCount,
    long LastSequence,
    long Revision,
    DateTimeOffset CreatedAt);

public sealed record ParticipantResponse(Guid UserId, string DisplayName, UserRole Role, long LastReadSequence);

/// <summary>What a viewer is shown of a conversation, as one query reads it.</summary>
internal sealed class ConversationView
{
    public required Conversation Conversation { get; init; }

    public required IReadOnlyList<ParticipantResponse> Participants { get; init; }

    public MessageWithReceipt? LastMessage { get; init; }

    public int UnreadCount { get; init; }
}

internal sealed class ConversationProfile : Profile
{
    public ConversationProfile() =>
        CreateMap<ConversationView, ConversationResponse>()
            .ForCtorParam(nameof(ConversationResponse.Id), option => option.MapFrom(view => view.Conversation.Id))
            .ForCtorParam(nameof(ConversationResponse.LastSequence), option => option.MapFrom(view => view.Conversation.LastSequence))
            .ForCtorParam(nameof(ConversationResponse.Revision), option => option.MapFrom(view => view.Conversation.Revision))
            .ForCtorParam(nameof(ConversationResponse.CreatedAt), option => option.MapFrom(view => view.Conversation.CreatedAt));
}

internal static class ConversationViews
{
    /// <summary>The viewer's conversations with preview, unread count and participants as they are at an instant.</summary>
    public static IQueryable<ConversationView> ConversationsOf(this IReadDatabase database, Guid viewerId, DateTimeOffset now)
    {
        var visible = database.VisibleMessages(now);
        var received = visible.WithReceipts(database);
        var participants = database.Participants;
        var users = database.Users;

        return
            from viewer in participants
            where viewer.UserId == viewerId
            join conversation in database.Conversations on viewer.ConversationId equals conversation.Id

            // The newest one as a rule; only where that has expired is another one looked for.
            from last in received
                .Where(message => message.Message.Id == (visible
                    .Where(candidate => candidate.ConversationId == conversation.Id && candidate.Sequence == conversation.LastSequence)
                    .Select(candidate => (Guid?)candidate.Id)
                    .FirstOrDefault() ?? MessageFunctions.NewestVisibleId(conversation.Id, now)))
                .DefaultIfEmpty()
            select new ConversationView
            {
                Conversation = conversation,
                Participants = (
                    from participant in participants
                    where participant.ConversationId == conversation.Id
                    join user in users on participant.UserId equals user.Id
                    orderby user.Id
                    select new ParticipantResponse(user.Id, user.DisplayName, user.Role, participant.LastReadSequence)).ToList(),
                LastMessage = last,
                UnreadCount = viewer.LastReadSequence >= conversation.LastSequence
                    ? 0
                    : MessageFunctions.CountReceived(conversation.Id, viewerId, now, viewer.LastReadSequence, conversation.LastSequence),
            };
    }
}
