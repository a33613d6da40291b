namespace CleanMessaging.Client;

/// <summary>A message that the user sends, before it has an id.</summary>
/// <inheritdoc cref="QueuedMessage"/>
internal sealed record NewMessage(
    string Content,
    int? ExpirationHours = null,
    long? MaxPoints = null,
    bool NeverExpires = false,
    long? ReplyToSequence = null,
    IReadOnlyList<MessageAttachment>? Attachments = null);
