using System.Globalization;
using System.Text.Json;

namespace CleanMessaging.Api.Tests.Messages.Model;

/// <summary>Describes what a user sees, once from the plain model and once from JSON, in texts that must be equal.</summary>
internal static class Description
{
    public static string OfMessage(PlainConversation conversation, PlainMessage message)
    {
        var readAt = conversation.Participants.Single(one => one.UserId != message.SenderId).ReadAt(message.Sequence);

        return Join(OfState(message), readAt is not null, readAt);
    }

    public static string OfMessage(JsonElement message) => Join(OfState(message), Values(message, "isRead", "readAt"));

    /// <summary>Describes the response to a send, which has no read mark.</summary>
    /// <param name="hasText">Whether the text is returned; false for a repeated send whose message is not visible.</param>
    public static string OfSent(PlainMessage message, bool hasText = true) => Join(OfState(message, hasText), false, null);

    /// <summary>Describes a message without its read mark, which is recovered by the read pointers.</summary>
    public static string OfState(PlainMessage message, bool hasText = true) => Join(
        message.Sequence,
        message.Revision,
        message.Id,
        message.SenderId,
        hasText ? message.Content : null,
        message.CreatedAt,
        message.UpdatedAt,
        message.ExpiresAt,
        message.Version,
        message.EditedAt,
        message.Sent.ReplyTo,
        message.Sent.ClientMessageId,
        string.Join(", ", message.Reactions.Select(one => Join(one.UserId, one.Emoji, one.At))));

    public static string OfState(JsonElement message) => Join(
        Values(message, "sequence", "revision", "id", "senderId", "content", "createdAt", "updatedAt"),
        Values(message, "expiresAt", "version", "editedAt", "replyToSequence", "clientMessageId"),
        string.Join(", ", message.GetProperty("reactions").EnumerateArray().Select(one => Values(one, "userId", "emoji", "at"))));

    public static string OfTombstone(PlainMessage message) =>
        Join("deleted", message.Sequence, message.Revision, message.Id, message.DeletedAt, "sender", message.ExpiresAt);

    public static string OfTombstone(JsonElement tombstone) =>
        Join("deleted", Values(tombstone, "sequence", "revision", "messageId", "deletedAt", "by", "expiresAt"));

    public static string OfPersonal(PlainParticipant viewer, long lastSequence) => Join(
        viewer.PersonalRevision,
        viewer.IsArchived(lastSequence),
        viewer.IsArchivedForever,
        viewer.IsDeleted(lastSequence),
        viewer.PinnedAt,
        viewer.MutedUntil,
        viewer.ClearedThrough);

    public static string OfPersonal(JsonElement personal) =>
        Values(personal, "revision", "archived", "archivedForever", "deleted", "pinnedAt", "mutedUntil", "clearedThrough");

    /// <summary>Describes what a list, a single conversation and a recovery say about a conversation as such.</summary>
    public static string OfPosition(PlainConversation conversation, PlainParticipant viewer, DateTimeOffset now) => Join(
        conversation.LastSequence,
        conversation.Revision,
        conversation.UnreadOf(viewer, now),
        conversation.DefaultHours,
        conversation.DefaultSetBy,
        string.Join(", ", conversation.Participants.OrderBy(one => one.UserId).Select(one => Join(one.UserId, one.LastRead))),
        OfPersonal(viewer, conversation.LastSequence));

    public static string OfPosition(JsonElement conversation)
    {
        var participants = conversation.GetProperty("participants").EnumerateArray().OrderBy(one => one.GetProperty("userId").GetGuid());

        return Join(
            Values(conversation, "lastSequence", "revision", "unreadCount", "defaultExpirationHours", "defaultExpirationSetBy"),
            string.Join(", ", participants.Select(one => Values(one, "userId", "lastReadSequence"))),
            OfPersonal(conversation.GetProperty("personal")));
    }

    public static string OfConversation(PlainConversation conversation, PlainParticipant viewer, DateTimeOffset now)
    {
        var preview = conversation.Messages.FindLast(one => viewer.Sees(one, now));

        return Join(
            conversation.Id, conversation.CreatedAt, OfPosition(conversation, viewer, now), preview is null ? null : OfMessage(conversation, preview));
    }

    public static string OfConversation(JsonElement conversation)
    {
        var preview = conversation.GetProperty("lastMessage");

        return Join(
            Values(conversation, "id", "createdAt"), OfPosition(conversation), preview.ValueKind == JsonValueKind.Null ? null : OfMessage(preview));
    }

    public static string OfPage(PlainConversation conversation, PlainPage page) => Lines(
    [
        Join(page.HasMoreBefore, page.HasMoreAfter),
        .. page.Messages.Select(one => OfMessage(conversation, one)),
        .. page.Deleted.Select(OfTombstone),
        "Quoted:",
        .. page.Quoted.Select(one => OfMessage(conversation, one)),
    ]);

    public static string OfPage(JsonElement answer) => Lines(
    [
        Values(answer.GetProperty("page"), "hasMoreBefore", "hasMoreAfter"),
        .. answer.GetProperty("data").EnumerateArray().Select(OfMessage),
        .. answer.GetProperty("deleted").EnumerateArray().Select(OfTombstone),
        "Quoted:",
        .. answer.GetProperty("quoted").EnumerateArray().Select(OfMessage),
    ]);

    public static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);

    /// <summary>Returns members of a JSON object, in the order of their names here.</summary>
    public static string Values(JsonElement json, params string[] names) => Join([.. names.Select(name => Value(json.GetProperty(name), name))]);

    public static string Join(params object?[] values) => string.Join(" | ", values.Select(Text));

    private static object? Value(JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.True or JsonValueKind.False => value.GetBoolean(),
        JsonValueKind.Number => value.GetInt64(),
        _ => IsTime(name) ? value.GetDateTimeOffset() : value.GetString(),
    };

    private static bool IsTime(string name) => name is "at" or "mutedUntil" || name.EndsWith("At", StringComparison.Ordinal);

    private static string Text(object? value) => value switch
    {
        null => "-",
        DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
