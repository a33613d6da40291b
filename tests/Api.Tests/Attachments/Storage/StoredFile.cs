using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Attachments.Storage;

namespace CleanMessaging.Api.Tests.Attachments.Storage;

/// <summary>A file that a test has stored as one object.</summary>
internal sealed record StoredFile(AttachmentStore Store, AttachmentId Id, byte[] Key, StoredObject Stored)
{
    public static async Task<StoredFile> WriteAsync(AttachmentStore store, byte[] content)
    {
        var id = StoreFolder.NewId();
        var file = new StoredFile(store, id, store.CreateKey(id), new StoredObject(Guid.CreateVersion7(), content.Length));
        using var plain = new MemoryStream(content);
        (await store.WriteAsync(id, file.Key, file.Stored.Id, plain, content.Length, CancellationToken.None)).ShouldBe(content.Length);

        return file;
    }

    public async Task<byte[]> ReadAsync(long offset, long length) => await StoreFolder.ReadAllAsync(
        await Store.OpenReadAsync(Id, Key, Stored, offset, length, TestContext.Current.CancellationToken));

    public Task<byte[]> ReadAsync() => ReadAsync(0, Stored.Length);
}
