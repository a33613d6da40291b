using System.Globalization;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Application.Conversations;

/// <summary>The errors of malformed requests for conversations. Only validators report them.</summary>
public static class ConversationRequestErrors
{
    public static readonly DomainError InvalidRevision = new(
        "conversation.invalid_revision", ErrorKind.Invalid, "A revision is 0 or more.");

    public static readonly DomainError SyncOutOfRange = new(
        "conversation.sync_out_of_range",
        ErrorKind.Invalid,
        string.Create(CultureInfo.InvariantCulture, $"Name 1 to {SyncConversationsQuery.ConversationsMax} conversations."));

    public static readonly DomainError SyncRepeated =
        new("conversation.sync_repeated", ErrorKind.Invalid, "Each conversation must appear only once.");

    public static readonly DomainError HiddenIdsOutOfRange = new(
        "conversation.hidden_ids_out_of_range",
        ErrorKind.Invalid,
        string.Create(CultureInfo.InvariantCulture, $"messageIds must have 1 to {HideMessagesCommand.MessageIdsMax} ids."));

    public static readonly DomainError InvalidFilter = new(
        "conversation.invalid_filter", ErrorKind.Invalid, "filter is inbox, pinned, archived or all.");

    public static readonly DomainError MessageIdsOutOfRange = new(
        "message.ids_out_of_range",
        ErrorKind.Invalid,
        string.Create(
            CultureInfo.InvariantCulture,
            $"messageIds must have 1 to {MarkReadCommand.MessageIdsMax} ids. Leave it out to mark all messages as read."));
}
