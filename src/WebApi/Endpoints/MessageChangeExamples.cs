using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.WebApi.Responses;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>Examples of edits, reactions, earlier expiries and deletions, of the answer in <see cref="Examples"/>.</summary>
internal static class MessageChangeExamples
{
    private static readonly MessageResponse _answer = Examples.Answer;
    private static readonly Guid _investorId = Examples.FoundConversation.Data.Participants[0].UserId;

    public static readonly EditMessageRequest Edit = new() { Content = "Here they are: 1.3 million in revenue, 18 % up.", Version = 0 };

    public static readonly Envelope<MessageResponse> Edited = Envelope.Of(_answer with
    {
        Revision = 3,
        Content = Edit.Content,
        UpdatedAt = _answer.CreatedAt.AddMinutes(2),
        EditedAt = _answer.CreatedAt.AddMinutes(2),
        Version = 1,
    });

    public static readonly Envelope<IReadOnlyList<MessageVersionResponse>> Versions = Envelope.Of<IReadOnlyList<MessageVersionResponse>>(
    [
        new MessageVersionResponse(Number: 0, _answer.Content!, _answer.CreatedAt),
        new MessageVersionResponse(Number: 1, Edit.Content, _answer.CreatedAt.AddMinutes(2)),
    ]);

    public static readonly Envelope<Tombstone> Deleted = Envelope.Of(new Tombstone(
        MessageId: _answer.Id,
        _answer.Sequence,
        Revision: 4,
        _answer.CreatedAt.AddMinutes(5),
        By: Tombstone.NameOf(MessageDeleter.Sender),
        _answer.ExpiresAt));

    /// <summary>A message after the answer that was deleted.</summary>
    public static readonly Tombstone LaterDeleted = new(
        MessageId: Guid.Parse("01a206d5-d1f0-7b2e-9c40-5a6f2d3e8b71"),
        Sequence: 3,
        Revision: 4,
        _answer.CreatedAt.AddMinutes(1),
        By: Tombstone.NameOf(MessageDeleter.Sender),
        ExpiresAt: null);

    public static readonly ReactRequest React = new() { Emoji = "👍" };

    public static readonly Envelope<MessageResponse> Reacted = Envelope.Of(_answer with
    {
        Revision = 3,
        UpdatedAt = _answer.CreatedAt.AddMinutes(3),
        Reactions = [new ReactionResponse(_investorId, React.Emoji, _answer.CreatedAt.AddMinutes(3))],
    });

    public static readonly Envelope<MessageResponse> ReactionRemoved = Envelope.Of(_answer with
    {
        Revision = 4,
        UpdatedAt = _answer.CreatedAt.AddMinutes(4),
    });

    public static readonly SetExpirationRequest SetExpiration = new() { ExpirationHours = 24 };

    public static readonly SetExpirationRequest RemoveExpiration = new() { ExpirationHours = null };

    public static readonly Envelope<ConversationResponse> ExpirationSet =
        Envelope.Of(Examples.FoundConversation.Data with
        {
            Revision = 3,
            DefaultExpirationHours = 24,
            DefaultExpirationSetBy = _investorId,
        });

    public static readonly ExpireSoonerRequest ExpireSooner = new() { ExpirationHours = 1 };

    public static readonly Envelope<MessageResponse> ExpiresSooner = Envelope.Of(_answer with
    {
        Revision = 3,
        UpdatedAt = _answer.CreatedAt.AddMinutes(10),
        ExpiresAt = _answer.CreatedAt.AddMinutes(70),
    });

    public static readonly DomainError ExpirationOnlyEarlier = MessageErrors.ExpirationOnlyEarlier(_answer.ExpiresAt!.Value);

    public static readonly DomainError EditConflict = MessageErrors.EditConflict(version: 1);

    public static readonly DomainError EditWindowOver =
        MessageErrors.EditWindowOver(_answer.CreatedAt + MessageChangePolicy.Default.EditWindow);

    public static readonly DomainError TooManyEdits = MessageErrors.TooManyEdits(MessageChangePolicy.Default.EditsMax);

    public static readonly DomainError DeleteWindowOver =
        MessageErrors.DeleteWindowOver(_answer.CreatedAt + MessageChangePolicy.Default.DeleteWindow);
}
