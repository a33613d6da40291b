using System.Net;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Api.Tests.Attachments.Storage;

/// <summary>Tests when a missing object is logged as critical: not if a concurrent request has deleted its attachment.</summary>
public sealed class CorruptAttachmentTests(TestPostgres postgres) : IDisposable
{
    private static readonly byte[] _content = UploadSteps.Bytes(1000);

    private readonly MemoryAttachments _stored = new();
    private readonly CapturedLogs _logs = new();
    private Func<Task> _opening = () => Task.CompletedTask;

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Download_OfAMissingObject_IsAnErrorAndLoggedAsCriticalOnce()
    {
        await using var server = await StartAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content);
        await LoseObjectsAsync();

        (await StatusOfAsync(startup, id)).ShouldBe(HttpStatusCode.InternalServerError);

        CriticalLines().ShouldHaveSingleItem().Text.ShouldContain("The object is missing.");
    }

    [Fact]
    public async Task Download_WhileTheMessageIsDeleted_IsNotFoundAndNotLogged()
    {
        await using var server = await StartAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (id, messageId) = await investor.SendAttachmentAsync(conversationId, _content);
        _opening = async () =>
        {
            (await investor.DeleteMessageAsync(messageId)).Expect(HttpStatusCode.OK);
            await LoseObjectsAsync();
        };

        (await StatusOfAsync(startup, id)).ShouldBe(HttpStatusCode.NotFound);

        CriticalLines().ShouldBeEmpty();
    }

    [Fact]
    public async Task CompleteUpload_WithAMissingPart_IsAnErrorAndLoggedAsCriticalOnce()
    {
        await using var server = await StartAsync();
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = await UploadPartAsync(investor, conversationId);
        await LoseObjectsAsync();

        (await investor.CompleteAsync(id)).Status.ShouldBe(HttpStatusCode.InternalServerError);

        CriticalLines().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task CompleteUpload_WhileItIsCanceled_IsNotFoundAndNotLogged()
    {
        await using var server = await StartAsync();
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = await UploadPartAsync(investor, conversationId);
        _stored.Inspecting = async () => (await investor.Client.DeleteAsync($"/api/uploads/{id}")).EnsureSuccessStatusCode();

        (await investor.CompleteAsync(id)).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");

        CriticalLines().ShouldBeEmpty();
    }

    private static async Task<Guid> UploadPartAsync(TestUser uploader, Guid conversationId)
    {
        var id = await uploader.BegunUploadAsync(conversationId, _content.Length);
        (await uploader.PatchAsync(id, 0, _content)).Expect(HttpStatusCode.NoContent);

        return id;
    }

    private static async Task<HttpStatusCode> StatusOfAsync(TestUser viewer, Guid attachmentId)
    {
        using var response = await viewer.Client.GetAsync($"/api/attachments/{attachmentId}", TestContext.Current.CancellationToken);

        return response.StatusCode;
    }

    private IEnumerable<CapturedLogs.Line> CriticalLines() => _logs.Lines.Where(line => line.Level == LogLevel.Critical);

    private Task LoseObjectsAsync() => _stored.DeleteAsync([.. _stored.Objects], TestContext.Current.CancellationToken);

    private Task<ApiServer> StartAsync() => ApiServer.StartAsync(
        postgres,
        services: services =>
        {
            _stored.AddTo(services);
            services.RemoveAll<IAttachmentStore>();
            services.AddSingleton<IAttachmentStore>(new OpeningStore(_stored, () => _opening()));
            _logs.AddTo(services);
        });

    /// <summary>Runs something before an object is opened.</summary>
    private sealed class OpeningStore(MemoryAttachments inner, Func<Task> opening) : IAttachmentStore
    {
        public bool IsAvailable => inner.IsAvailable;

        public byte[] CreateKey(AttachmentId attachmentId) => inner.CreateKey(attachmentId);

        public Task<long> WriteAsync(
            AttachmentId attachmentId, byte[] encryptedKey, Guid objectId, Stream plain, long bytesMax, CancellationToken bodyAborted) =>
            inner.WriteAsync(attachmentId, encryptedKey, objectId, plain, bytesMax, bodyAborted);

        public async Task<Stream> OpenReadAsync(
            AttachmentId attachmentId,
            byte[] encryptedKey,
            StoredObject stored,
            long offset,
            long length,
            CancellationToken cancellationToken)
        {
            await opening();

            return await inner.OpenReadAsync(attachmentId, encryptedKey, stored, offset, length, cancellationToken);
        }

        public Task DeleteAsync(IReadOnlyList<Guid> objectIds, CancellationToken cancellationToken) =>
            inner.DeleteAsync(objectIds, cancellationToken);
    }
}
