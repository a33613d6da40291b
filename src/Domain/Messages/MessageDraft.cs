using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

/// <summary>What a sender asks for, checked for form.</summary>
public sealed record MessageDraft
{
    /// <summary>The shortest time to live, in hours.</summary>
    public const int ExpirationHoursMin = 1;

    /// <summary>The longest time to live, in hours: a year.</summary>
    public const int ExpirationHoursMax = 8760;

    /// <exception cref="DomainException">
    /// <c>message.empty</c>, <c>message.too_long</c>, <c>message.invalid_text</c>, <c>message.invalid_expiration</c>
    /// </exception>
    public MessageDraft(Guid senderId, string content, int? expirationHours = null, Guid? clientMessageId = null)
    {
        if (MessageContent.Check(content) is { } error)
            throw new DomainException(error);

        if (expirationHours is < ExpirationHoursMin or > ExpirationHoursMax)
            throw new DomainException(MessageErrors.InvalidExpiration);

        SenderId = senderId;
        Content = content;
        ExpirationHours = expirationHours;
        ClientMessageId = clientMessageId;
    }

    public Guid SenderId { get; }

    public string Content { get; }

    /// <summary>Hours until the message disappears, 1 to 8760; null for never.</summary>
    public int? ExpirationHours { get; }

    /// <summary>The client's own name for this send, unique per sender for ever; null when the client cannot retry safely.</summary>
    public Guid? ClientMessageId { get; }
}
