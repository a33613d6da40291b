using System.Text.Json.Serialization;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Wallets.Verification;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>The form of every answer that went well.</summary>
public record Envelope<T>([property: JsonPropertyOrder(-1)] T Data)
    where T : notnull
{
    /// <summary>Always true.</summary>
    [JsonPropertyOrder(-2)]
    public bool Success => true;
}

/// <summary>A sent message, and beside it what it cost.</summary>
public sealed record SentEnvelope(MessageResponse Data, ChargeResponse Charge) : Envelope<MessageResponse>(Data);

/// <summary>A page of a conversation, and beside it where it stands.</summary>
public sealed record MessagePageEnvelope(IReadOnlyList<MessageResponse> Data, MessagePageInfo Page)
    : Envelope<IReadOnlyList<MessageResponse>>(Data);

/// <summary>A page of a list, and beside it where it goes on.</summary>
public sealed record PageEnvelope<T>(IReadOnlyList<T> Data, CursorPage Page) : Envelope<IReadOnlyList<T>>(Data);

/// <summary>A step of the verification of the ledger, and beside it where the next one begins.</summary>
public sealed record VerificationEnvelope(LedgerVerification Data, CursorPage Page) : Envelope<LedgerVerification>(Data);

/// <summary>The answer where there is nothing to tell but that it went well.</summary>
public sealed record NothingEnvelope
{
    /// <summary>Always true.</summary>
    public bool Success => true;

    /// <summary>Always null.</summary>
    public object? Data => null;
}

internal static class Envelope
{
    public static Envelope<T> Of<T>(T data)
        where T : notnull =>
        new(data);
}
