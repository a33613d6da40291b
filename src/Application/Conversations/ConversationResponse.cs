using AutoMapper;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Conversations;

/// <summary>A conversation as one of its participants sees it.</summary>
/// <param name="LastMessage">The newest visible message; null when there is none.</param>
/// <param name="UnreadCount">The other participant's visible messages after the viewer's read pointer; decreases when one expires.</param>
/// <param name="LastSequence">The sequence of the newest message, expired or not.</param>
/// <param name="Revision">The number of the latest visible change; every change increases it by one. A client that sees a gap has missed a change.</param>
public sealed record ConversationResponse(
    Guid Id,
    IReadOnlyList<ParticipantResponse> Participants,
    MessageResponse? LastMessage,
    int UnreadCount,
    long LastSequence,
    long Revision,
    DateTimeOffset CreatedAt);

/// <param name="LastReadSequence">The read pointer: messages up to and including this sequence are read; 0 when none is.</param>
/// <param name="IsDeactivated">Whether the user is deactivated; a deactivated user cannot receive messages.</param>
public sealed record ParticipantResponse(Guid UserId, string DisplayName, UserRole Role, long LastReadSequence, bool IsDeactivated);

/// <summary>A conversation as a viewer sees it, as one query reads it.</summary>
internal sealed class ConversationView
{
    public required Conversation Conversation { get; init; }

    public required Guid ViewerId { get; init; }

    /// <summary>The participant with the lower user id.</summary>
    public required ParticipantResponse Low { get; init; }

    /// <summary>The participant with the higher user id.</summary>
    public required ParticipantResponse High { get; init; }

    public IReadOnlyList<ParticipantResponse> Participants => [Low, High];

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

/// <summary>A conversation and the viewer's participation in it.</summary>
internal sealed class Membership
{
    public required Conversation Conversation { get; init; }

    public required Participant Viewer { get; init; }
}

internal static class ConversationViews
{
    /// <summary>Returns the viewer's conversations with preview, unread count and participants at an instant.</summary>
    public static IQueryable<ConversationView> ConversationsOf(this IReadDatabase database, Guid viewerId, DateTimeOffset now) =>
        database.MembershipsOf(viewerId).ViewedAt(now, database);

    public static IQueryable<Membership> MembershipsOf(this IReadDatabase database, Guid viewerId) =>
        database.Memberships().Where(membership => membership.Viewer.UserId == viewerId);

    public static IQueryable<Membership> Memberships(this IReadDatabase database) =>
        from viewer in database.Participants
        join conversation in database.Conversations on viewer.ConversationId equals conversation.Id
        select new Membership { Conversation = conversation, Viewer = viewer };

    /// <summary>Adds the viewer's data to each conversation. Looks up the previews one by one, so filter the conversations first.</summary>
    public static IQueryable<ConversationView> ViewedAt(this IQueryable<Membership> memberships, DateTimeOffset now, IReadDatabase database)
    {
        var received = database.VisibleMessages(now).WithReceipts(database);
        var participants = database.Participants;
        var users = database.Users;

        return
            from membership in memberships
            let conversation = membership.Conversation
            let viewer = membership.Viewer

            // Joins by the pair that the conversation names. A collection would double the rows, and the unread messages would be counted once for each row.
            join low in participants on new { ConversationId = conversation.Id, UserId = conversation.PairLow } equals new { low.ConversationId, low.UserId }
            join high in participants on new { ConversationId = conversation.Id, UserId = conversation.PairHigh } equals new { high.ConversationId, high.UserId }
            join lowUser in users on conversation.PairLow equals lowUser.Id
            join highUser in users on conversation.PairHigh equals highUser.Id

            // The query states that there is at most one row; otherwise PostgreSQL scans the whole messages table when it is small.
            from last in received
                .Where(message => message.Message.Id == MessageFunctions.NewestVisibleId(conversation.Id, now))
                .Take(1)
                .DefaultIfEmpty()
            select new ConversationView
            {
                Conversation = conversation,
                ViewerId = viewer.UserId,
                Low = new ParticipantResponse(lowUser.Id, lowUser.DisplayName, lowUser.Role, low.LastReadSequence, lowUser.DeactivatedAt != null),
                High = new ParticipantResponse(highUser.Id, highUser.DisplayName, highUser.Role, high.LastReadSequence, highUser.DeactivatedAt != null),
                LastMessage = last,
                UnreadCount = viewer.LastReadSequence >= conversation.LastSequence
                    ? 0
                    : MessageFunctions.CountReceived(conversation.Id, viewer.UserId, now, viewer.LastReadSequence, conversation.LastSequence),
            };
    }
}
