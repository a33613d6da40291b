using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages;

public sealed class ExpiryTests(TestPostgres postgres)
{
    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public async Task Expiry_AroundItsInstant_HoldsOnEveryReadPath(int microseconds, bool visible)
    {
        await using var server = await ApiServer.StartAsync(postgres);
        server.Clock.FreezeAt(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var request = new { conversationId, content = "Going", expirationHours = 1, clientMessageId = Guid.CreateVersion7() };
        (await investor.SendAsync(conversationId, "Staying")).Expect(HttpStatusCode.Created);
        var going = (await investor.PostAsync("/api/messages/send", request)).Expect(HttpStatusCode.Created);

        server.Clock.FreezeAt(going.Data.Instant("expiresAt").AddMicroseconds(microseconds));
        foreach (var viewer in new[] { await server.LogInAsync(investor.Email), await server.LogInAsync(startup.Email) })
        {
            var unread = viewer.Id == investor.Id ? 0 : visible ? 2 : 1;
            var newest = visible ? "Going" : "Staying";
            (await viewer.ReadPageAsync(conversationId)).ShouldBe(visible ? ["Staying", "Going"] : ["Staying"]);
            (await viewer.ReadPageAsync(conversationId, "&limit=1")).ShouldBe([newest]);
            (await viewer.ReadPageAsync(conversationId, $"&before={going.Id()}")).ShouldBe(["Staying"]);

            foreach (var conversation in new[]
            {
                (await viewer.GetAsync("/api/conversations")).Expect(HttpStatusCode.OK).Data[0],
                (await viewer.GetAsync($"/api/conversations/{conversationId}")).Expect(HttpStatusCode.OK).Data,
                (
                    await viewer.PostAsync(
                        "/api/conversations/create", new { receiverId = viewer.Id == investor.Id ? startup.Id : investor.Id }))
                    .Expect(HttpStatusCode.OK).Data,
            })
            {
                conversation.GetProperty("lastMessage").Content().ShouldBe(newest);
                conversation.GetProperty("unreadCount").GetInt32().ShouldBe(unread);
                conversation.GetProperty("lastSequence").GetInt64().ShouldBe(2);
            }
        }

        var sender = await server.LogInAsync(investor.Email);
        var replay = (await sender.PostAsync("/api/messages/send", request)).Expect(HttpStatusCode.OK);
        replay.Data.Content().ShouldBe(visible ? "Going" : null);

        var reader = await server.LogInAsync(startup.Email);
        var marked = (await reader.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        marked.Data.GetProperty("messagesMarked").GetInt32().ShouldBe(visible ? 2 : 1);
        marked.Data.GetProperty("lastReadSequence").GetInt64().ShouldBe(2);
    }
}
