using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanMessaging.Client.Tests.SendQueue;

/// <summary>Tests that a message keeps its files in the send queue and sends the same ones with each attempt.</summary>
public sealed class QueuedFilesTests : IDisposable
{
    private static readonly MessageAttachment[] _files =
    [
        new(Given.IdOf(1), AttachmentKind.Image, "a.png", "A cat", "image/png", 9, 4, 3, "LEHV6nWB2yk8pyo0adR*.7kCMdnj"),
        new(Given.IdOf(2), AttachmentKind.Voice, "b.ogg", null, "audio/ogg", 7, DurationMs: 1200, Waveform: [1, 2, 3]),
    ];

    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Add_WithFiles_SendsTheirIdsWithEachAttempt()
    {
        var bodies = new List<JsonElement>();
        using var server = new ScriptedServer(request =>
        {
            bodies.Add(JsonDocument.Parse(request.Body).RootElement);

            return bodies.Count == 1
                ? throw new HttpRequestException("The answer is lost.")
                : ScriptedServer.Problem(HttpStatusCode.Conflict, "attachment.already_sent");
        });
        using var client = new MessagingClient(new Uri("http://localhost"), handler: server);
        await client.Api.Tokens.SignInAsync(Given.Credentials("1", DateTimeOffset.MaxValue), Cancellation);
        await using var queue = NewQueue(client, new MemorySendQueueStore());

        var added = await queue.AddAsync(Given.Ines.Id, Given.ConversationId, new NewMessage("", Attachments: _files), Cancellation);
        await Eventually.TrueAsync(() => queue.All is [{ Failure.Code: "attachment.already_sent" }], "The message is not rejected.");

        added.Attachments.ShouldBe(_files);
        bodies.Count.ShouldBe(2);
        bodies.ShouldAllBe(body => body.GetProperty("content").GetString() == "");
        foreach (var body in bodies)
            body.GetProperty("attachmentIds").EnumerateArray().Select(id => id.GetGuid()).ShouldBe([Given.IdOf(1), Given.IdOf(2)]);
    }

    [Fact]
    public async Task Add_WithoutFiles_SendsNoMemberForThem()
    {
        var body = "";
        using var server = new ScriptedServer(request =>
        {
            body = request.Body;

            return ScriptedServer.Problem(HttpStatusCode.NotFound, "conversation.not_found");
        });
        using var client = new MessagingClient(new Uri("http://localhost"), handler: server);
        await client.Api.Tokens.SignInAsync(Given.Credentials("1", DateTimeOffset.MaxValue), Cancellation);
        await using var queue = NewQueue(client, new MemorySendQueueStore());

        await queue.AddAsync(Given.Ines.Id, Given.ConversationId, new NewMessage("Hello"), Cancellation);
        await Eventually.TrueAsync(() => queue.All is [{ Failure: not null }], "The message is not rejected.");

        body.ShouldNotContain("attachmentIds");
    }

    [Fact]
    public async Task Store_OfAMessageWithFiles_ReturnsAnEqualOne()
    {
        var message = new QueuedMessage(
            Given.IdOf(9), Given.Ines.Id, Given.ConversationId, "", null, null, Given.Noon, Failure: null)
        {
            Attachments = _files,
        };
        await new FileSendQueueStore(_folder).SaveAsync(message, Cancellation);

        var loaded = (await new FileSendQueueStore(_folder).LoadAsync(Given.Ines.Id, Cancellation)).ShouldHaveSingleItem();

        loaded.ShouldBe(message);
        loaded.Attachments.ShouldBe(_files);
        loaded.ShouldNotBe(message with { Attachments = [_files[0]] });
        loaded.ShouldNotBe(message with { Attachments = [_files[0], _files[1] with { Waveform = [1, 2, 4] }] });
    }

    [Fact]
    public void Message_WithoutTheMember_HasNoFiles()
    {
        var message = Given.Message(1);
        var text = JsonSerializer.Serialize(message, JsonSerializerOptions.Web).Replace(",\"attachments\":[]", "", StringComparison.Ordinal);
        text.ShouldNotContain("attachments");

        JsonSerializer.Deserialize(text, MessagingJson.Default.Message).ShouldNotBeNull().Attachments.ShouldBeEmpty();
        JsonSerializer.Deserialize(text, MessagingJson.Default.Message).ShouldBe(message);
    }

    private static Client.SendQueue NewQueue(MessagingClient client, ISendQueueStore store) => new(
        new SendQueueCalls(client.Messages),
        store,
        new Backoff(TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(10)),
        TimeProvider.System,
        new ServerClock(TimeProvider.System),
        NullLogger.Instance);
}
