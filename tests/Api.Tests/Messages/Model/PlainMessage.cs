namespace CleanMessaging.Api.Tests.Messages.Model;

/// <summary>What a sender asks for.</summary>
internal sealed record PlainSend(string Content, int? Hours, bool Never, long? ReplyTo, Guid? ClientMessageId);

/// <summary>A message of <see cref="PlainConversation"/>.</summary>
internal sealed class PlainMessage
{
    public Guid Id { get; set; }

    public required long Sequence { get; init; }

    public required Guid SenderId { get; init; }

    /// <summary>The request that sent the message.</summary>
    public required PlainSend Sent { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required bool HasDefaultExpiry { get; init; }

    public required long Revision { get; set; }

    /// <summary>The current text; null once the message is deleted.</summary>
    public required string? Content { get; set; }

    public required DateTimeOffset UpdatedAt { get; set; }

    public required DateTimeOffset? ExpiresAt { get; set; }

    public DateTimeOffset? EditedAt { get; set; }

    public int Version { get; set; }

    public DateTimeOffset? DeletedAt { get; set; }

    public List<(string? Text, DateTimeOffset At)> EarlierTexts { get; } = [];

    /// <summary>In the order of their times.</summary>
    public List<(Guid UserId, string Emoji, DateTimeOffset At)> Reactions { get; } = [];

    public bool IsExpired(DateTimeOffset now) => ExpiresAt <= now;
}
