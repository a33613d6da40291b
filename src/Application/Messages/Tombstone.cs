using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Application.Messages;

/// <summary>
/// What remains of a message that was deleted for everyone. It has no text, and expires when the message would have expired. Tombstones are
/// never listed among messages.
/// </summary>
/// <param name="Sequence">The number of the deleted message in its conversation.</param>
/// <param name="Revision">The conversation's revision of the deletion.</param>
/// <param name="By">Who deleted the message: <c>sender</c> or <c>moderator</c>.</param>
/// <param name="ExpiresAt">When the tombstone expires, as the message would have; null if it never does.</param>
public sealed record Tombstone(
    Guid MessageId, long Sequence, long Revision, DateTimeOffset DeletedAt, string By, DateTimeOffset? ExpiresAt)
{
    internal static Tombstone Of(Message deleted) => new(
        deleted.Id, deleted.Sequence, deleted.Revision, deleted.DeletedAt!.Value, NameOf(deleted.DeletedBy!.Value), deleted.ExpiresAt);

    public static Tombstone Of(MessageDeleted deleted) => new(
        deleted.MessageId, deleted.Sequence, deleted.Revision, deleted.DeletedAt, NameOf(deleted.DeletedBy), deleted.ExpiresAt);

    /// <summary>Returns the name of who deleted a message, as responses and events contain it.</summary>
    public static string NameOf(MessageDeleter deleter) => deleter == MessageDeleter.Moderator ? "moderator" : "sender";
}
