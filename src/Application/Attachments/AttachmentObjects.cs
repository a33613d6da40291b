using CleanMessaging.Domain.Attachments;

namespace CleanMessaging.Application.Attachments;

internal static class AttachmentObjects
{
    /// <summary>
    /// Marks the objects that are used as unused, and returns their ids. Others may still be written, so their writer or the eraser
    /// deletes them.
    /// </summary>
    public static IReadOnlyList<Guid> MarkAllUnused(IReadOnlyList<AttachmentObject> objects)
    {
        var used = objects.Where(stored => stored.IsUsed).ToList();
        foreach (var stored in used)
            stored.MarkUnused();

        return [.. used.Select(stored => stored.Id)];
    }
}
