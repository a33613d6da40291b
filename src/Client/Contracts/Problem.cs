namespace CleanMessaging.Client;

/// <summary>An error response as REST and the hub send it.</summary>
internal sealed record Problem(
    bool Success,
    string Code,
    string Title,
    int Status,
    bool Retryable,
    string? TraceId = null,
    double? RetryAfter = null,
    IReadOnlyDictionary<string, IReadOnlyList<FieldError>>? Errors = null,
    long? Price = null,
    long? PointsCost = null,
    long? Amount = null,
    long? Balance = null,
    int? RemainingFree = null,
    DateTimeOffset? ResetsAt = null,
    int? Version = null,
    int? Max = null,
    DateTimeOffset? EditableUntil = null,
    DateTimeOffset? DeletableUntil = null,
    DateTimeOffset? ExpiresAt = null,
    long? MaxBytes = null,
    long? BytesUsed = null,
    long? BytesLimit = null,
    string? Feature = null,
    string? Extension = null,
    long? Offset = null,
    long? Bytes = null,
    DateTimeOffset? Latest = null)
{
    /// <summary>Converts the problem into an exception.</summary>
    public MessagingException ToException() => (Status, Code) switch
    {
        (_, "payment.consent_required") => new ConsentRequiredException(this),
        (_, "wallet.insufficient_balance") => new InsufficientBalanceException(this),
        (_, "conversation.price_changed") => new PriceChangedException(this),
        (_, "message.edit_conflict" or "message.too_many_edits" or "message.edit_window_over") => new ChangeRejectedException(this),
        (_, "message.delete_window_over" or "message.expiration_only_earlier") => new ChangeRejectedException(this),
        (_, "conversation.too_many_hidden" or "conversation.too_many_pinned") => new ChangeRejectedException(this),
        (_, "wallet.reversal_exceeds_balance") => new ReversalExceedsBalanceException(this),
        (_, "attachment.too_large" or "attachment.storage_full" or "attachment.type_refused") => new UploadRejectedException(this),
        (_, "attachment.too_many_uploads" or "attachment.too_many_uploads_today") => new UploadRejectedException(this),
        (_, "attachment.too_many_parts") => new UploadRejectedException(this),
        (_, "attachment.offset_mismatch" or "attachment.incomplete") => new UploadRejectedException(this),
        (_, "retention.too_recent") => new PurgeTooRecentException(this),
        (_, "feature.disabled") => new FeatureDisabledException(this),
        (401, not "auth.invalid_credentials") => new SignedOutException(this),
        (400, _) => new InvalidRequestException(this),
        (404, _) => new NotFoundException(this),
        (429, _) => new RateLimitedException(this),
        ( >= 500, _) => new ServerUnavailableException(this),
        _ => new MessagingException(this),
    };
}
