namespace CleanMessaging.Domain.Ids;

/// <summary>The id of a user.</summary>
/// <remarks>
/// A signature with several ids uses these types, so that swapped arguments do not compile: docs/decisions/0039-typed-ids.md. An id
/// converts to <see cref="Guid"/> implicitly. The conversion of a <see cref="Guid"/> is explicit, so that the code states what the value
/// means.
/// </remarks>
public readonly record struct UserId(Guid Value)
{
    public static implicit operator Guid(UserId id) => id.Value;

    public static explicit operator UserId(Guid value) => new(value);

    public override string ToString() => Value.ToString();
}

/// <summary>The id of a conversation.</summary>
public readonly record struct ConversationId(Guid Value)
{
    public static implicit operator Guid(ConversationId id) => id.Value;

    public static explicit operator ConversationId(Guid value) => new(value);

    public override string ToString() => Value.ToString();
}

/// <summary>The id of a message, which the server assigns.</summary>
public readonly record struct MessageId(Guid Value)
{
    public static implicit operator Guid(MessageId id) => id.Value;

    public static explicit operator MessageId(Guid value) => new(value);

    public override string ToString() => Value.ToString();
}

/// <summary>The idempotency key of a send, which the sender's client chooses.</summary>
public readonly record struct ClientMessageId(Guid Value)
{
    public static implicit operator Guid(ClientMessageId id) => id.Value;

    public static explicit operator ClientMessageId(Guid value) => new(value);

    public override string ToString() => Value.ToString();
}

/// <summary>The id of an attachment, which the server assigns when its upload begins.</summary>
public readonly record struct AttachmentId(Guid Value)
{
    public static implicit operator Guid(AttachmentId id) => id.Value;

    public static explicit operator AttachmentId(Guid value) => new(value);

    public override string ToString() => Value.ToString();
}

/// <summary>The idempotency key of an upload, which the uploader's client chooses.</summary>
public readonly record struct ClientUploadId(Guid Value)
{
    public static implicit operator Guid(ClientUploadId id) => id.Value;

    public static explicit operator ClientUploadId(Guid value) => new(value);

    public override string ToString() => Value.ToString();
}

/// <summary>The id of a session.</summary>
public readonly record struct SessionId(Guid Value)
{
    public static implicit operator Guid(SessionId id) => id.Value;

    public static explicit operator SessionId(Guid value) => new(value);

    public override string ToString() => Value.ToString();
}

/// <summary>The id of a wallet transaction, which is a line of the ledger.</summary>
public readonly record struct TransactionId(Guid Value)
{
    public static implicit operator Guid(TransactionId id) => id.Value;

    public static explicit operator TransactionId(Guid value) => new(value);

    public override string ToString() => Value.ToString();
}
