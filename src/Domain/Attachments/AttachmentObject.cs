using System.Security.Cryptography;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Attachments;

/// <summary>
/// An encrypted object in the store. Its row is committed before the object is written, so the store never has an object that no row
/// describes. The id is random and used for one write only.
/// </summary>
public sealed class AttachmentObject
{
    private const int IdBytes = 16;

    private AttachmentObject()
    {
    }

    public Guid Id { get; private init; }

    public Guid AttachmentId { get; private init; }

    public AttachmentObjectRole Role { get; private init; }

    /// <summary>Where a part begins; null for other roles.</summary>
    public long? PartOffset { get; private init; }

    /// <summary>The length of a part; null until the part counts as received, and for other roles.</summary>
    public long? PartLength { get; private set; }

    /// <summary>
    /// Whether the object is a received part of an upload that is not complete, or the file or thumbnail of a ready attachment. Others are
    /// being written, or are to be deleted.
    /// </summary>
    public bool IsUsed { get; private set; }

    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>Reserves an object before it is written.</summary>
    /// <param name="partOffset">Where a part begins; null for other roles.</param>
    public static AttachmentObject Reserve(AttachmentId attachmentId, AttachmentObjectRole role, long? partOffset, DateTimeOffset now) =>
        new()
        {
            // Without a time, so that the name of an object says nothing.
            Id = new Guid(RandomNumberGenerator.GetBytes(IdBytes)),
            AttachmentId = attachmentId,
            Role = role,
            PartOffset = partOffset,
            CreatedAt = now,
        };

    /// <summary>
    /// Whether the object can still be used at an instant. After half of its lifetime it cannot, so that it is never used while the eraser
    /// deletes it.
    /// </summary>
    public bool CanBeUsed(DateTimeOffset now) => IsUsed || now - CreatedAt < AttachmentPolicy.UnusedObjectLifetime / 2;

    /// <summary>Marks a written part as received.</summary>
    public void MarkReceived(long partLength) => (PartLength, IsUsed) = (partLength, true);

    /// <summary>Marks a written file or thumbnail as that of its attachment.</summary>
    public void MarkUsed() => IsUsed = true;

    /// <summary>Marks the object as one to be deleted.</summary>
    public void MarkUnused() => IsUsed = false;
}

/// <summary>What a stored object is.</summary>
public enum AttachmentObjectRole : short
{
    /// <summary>A part of an upload that is not complete.</summary>
    Part = 0,

    /// <summary>The finished file.</summary>
    Original = 1,

    /// <summary>The small picture of an image.</summary>
    Thumbnail = 2,
}
