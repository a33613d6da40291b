using System.Text.Json.Serialization;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Wallets.Verification;

namespace CleanMessaging.WebApi.Responses;

/// <summary>The format of every successful response.</summary>
public record Envelope<T>([property: JsonPropertyOrder(-1)] T Data)
    where T : notnull
{
    /// <summary>Always true.</summary>
    [JsonPropertyOrder(-2)]
    public bool Success => true;
}

/// <summary>The response to a send: the message and its price.</summary>
public sealed record SentEnvelope(MessageResponse Data, ChargeResponse Charge) : Envelope<MessageResponse>(Data);

/// <summary>A page of a conversation's messages, with the position of the page.</summary>
/// <param name="Deleted">
/// The messages in the range of the page that were deleted for everyone, oldest first; at most the 100 nearest to the anchor on each side
/// of it.
/// </param>
/// <param name="Quoted">
/// The messages that the page's messages reply to and that are not on the page, oldest first. Only messages that the caller sees, and that
/// fit into 1 MB of JSON with the page; <c>lookUpMessages</c> returns the others.
/// </param>
public sealed record MessagePageEnvelope(
    IReadOnlyList<MessageResponse> Data,
    MessagePageInfo Page,
    IReadOnlyList<Tombstone> Deleted,
    IReadOnlyList<MessageResponse> Quoted)
    : Envelope<IReadOnlyList<MessageResponse>>(Data);

/// <summary>The visible messages with the requested sequences, oldest first.</summary>
/// <param name="Omitted">
/// The sequences of messages that the caller sees, but that did not fit into 1 MB of JSON; empty for nearly every request. Look them up
/// again; the first one of a request always fits. A message that the caller does not see is in neither list.
/// </param>
public sealed record FoundMessagesEnvelope(IReadOnlyList<MessageResponse> Data, IReadOnlyList<long> Omitted)
    : Envelope<IReadOnlyList<MessageResponse>>(Data);

/// <summary>A page of hits of a search for messages, newest first, with the position of the search.</summary>
public sealed record SearchEnvelope(IReadOnlyList<SearchHit> Data, SearchPageInfo Page) : Envelope<IReadOnlyList<SearchHit>>(Data);

/// <summary>A page of a list, with the cursor of the next page.</summary>
public sealed record PageEnvelope<T>(IReadOnlyList<T> Data, CursorPage Page) : Envelope<IReadOnlyList<T>>(Data);

/// <summary>A step of the ledger verification, with the cursor of the next step.</summary>
public sealed record VerificationEnvelope(LedgerVerification Data, CursorPage Page) : Envelope<LedgerVerification>(Data);

/// <summary>A successful response without data.</summary>
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
