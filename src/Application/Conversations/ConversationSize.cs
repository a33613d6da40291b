using CleanMessaging.Application.Messages;

namespace CleanMessaging.Application.Conversations;

/// <summary>Calculates the maximum size of a conversation as JSON, in bytes: <see cref="JsonSize"/>.</summary>
internal static class ConversationSize
{
    private const int ParticipantWithoutName = 256;
    private const int ConversationWithoutMessage = 608;

    /// <summary>Returns the size of a conversation in a list.</summary>
    public static int Of(ConversationResponse conversation) =>
        WithoutMessages(conversation) + (conversation.LastMessage is { } last ? JsonSize.Of(last) : 0);

    /// <summary>Returns the size of a conversation in the response to a join, without its messages.</summary>
    public static int WithoutMessages(ConversationResponse conversation) =>
        ConversationWithoutMessage
        + conversation.Participants.Sum(participant => ParticipantWithoutName + JsonSize.OfText(participant.DisplayName));
}
