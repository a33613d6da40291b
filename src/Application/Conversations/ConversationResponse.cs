using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Conversations;

/// <summary>A conversation as one of its participants sees it.</summary>
/// <param name="LastMessage">The newest visible message; null when there is none.</param>
/// <param name="UnreadCount">The other participant's visible messages after the viewer's read pointer; decreases when one expires.</param>
/// <param name="Personal">What the viewer has done with the conversation for themselves.</param>
/// <param name="LastSequence">The sequence of the newest message, expired or not.</param>
/// <param name="Revision">
/// The number of the latest visible change; every change increases it by one. A client that sees a gap has missed a change.
/// </param>
/// <param name="DefaultExpirationHours">
/// The hours after which a message expires whose sender has not chosen otherwise; null for never.
/// </param>
/// <param name="DefaultExpirationSetBy">The participant who last set or removed it; null if no one did.</param>
public sealed record ConversationResponse(
    Guid Id,
    IReadOnlyList<ParticipantResponse> Participants,
    MessageResponse? LastMessage,
    int UnreadCount,
    long LastSequence,
    long Revision,
    DateTimeOffset CreatedAt,
    int? DefaultExpirationHours,
    Guid? DefaultExpirationSetBy,
    PersonalState Personal);

/// <param name="LastReadSequence">The read pointer: messages up to and including this sequence are read; 0 when none is.</param>
/// <param name="IsDeactivated">Whether the user is deactivated; a deactivated user cannot receive messages.</param>
/// <param name="AvatarId">The attachment with the user's picture; null if there is none.</param>
public sealed record ParticipantResponse(
    Guid UserId, string DisplayName, UserRole Role, long LastReadSequence, bool IsDeactivated, Guid? AvatarId);
