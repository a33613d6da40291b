using System.Globalization;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Application.Messages;

/// <summary>The errors of malformed requests for messages. Only validators report them.</summary>
public static class MessageRequestErrors
{
    public static readonly DomainError SequencesOutOfRange = new(
        "message.sequences_out_of_range",
        ErrorKind.Invalid,
        string.Create(CultureInfo.InvariantCulture, $"Name 1 to {LookUpMessagesQuery.SequencesMax} sequences, each of them 1 or more."));

    public static readonly DomainError SequencesRepeated =
        new("message.sequences_repeated", ErrorKind.Invalid, "Each sequence must appear only once.");
}
