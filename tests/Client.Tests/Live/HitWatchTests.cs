using System.Net;
using CleanMessaging.Client.Tests.Pages;
using CleanMessaging.Tests.Support;
using CleanMessaging.WebClient.Search;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests that hits follow their messages, in conversations that are not open and even beyond the list.</summary>
public sealed class HitWatchTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task Hits_OfAConversationBeyondTheList_FollowDeletionsEditsAndWhatTheUserHides()
    {
        var startup = await _server.RegisterStartupAsync();
        var (sender, conversationId, ids) = await SendAsync(startup, "Velvet goes", "Velvet changes", "Velvet stays", "Velvet is hidden");
        await using var stan = await BeyondTheListAsync(startup, conversationId);
        await stan.Finder.RestartOfAsync(new MessageSearch("velvet"));
        stan.Texts.ShouldBe(["Velvet is hidden", "Velvet stays", "Velvet changes", "Velvet goes"]);

        (await sender.DeleteMessageAsync(ids[0])).Expect(HttpStatusCode.OK);
        await Eventually.TrueAsync(() => !stan.Texts.Contains("Velvet goes"), "The deleted message stays.");
        (await sender.PutAsync($"/api/messages/{ids[1]}/content", new { content = "Now with velvet", version = 0 })).Expect(HttpStatusCode.OK);
        await Eventually.TrueAsync(() => stan.Texts.Contains("Now with velvet"), "The edited message stays as it was.");
        stan.Finder.Hits.Single(hit => hit.Message.Id == ids[1]).Highlights.ShouldBe([new MessageHighlight(9, 6)]);
        (await startup.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { ids[3] } })).Expect(HttpStatusCode.OK);
        await Eventually.TrueAsync(() => !stan.Texts.Contains("Velvet is hidden"), "The hidden message stays.");
        stan.Texts.ShouldBe(["Velvet stays", "Now with velvet"]);
    }

    [Fact]
    public async Task Names_OfConversationsBeyondTheList_AreRequestedOnce()
    {
        var startup = await _server.RegisterStartupAsync();
        var (sender, conversationId, _) = await SendAsync(startup, "Velvet");
        await using var stan = await BeyondTheListAsync(startup, conversationId);
        var names = new HitNames(stan.Device.Session);

        names.NameOf(conversationId).ShouldBe("Conversation");
        (await names.LoadAsync([conversationId])).ShouldBeTrue();
        names.NameOf(conversationId).ShouldBe(sender.DisplayName);
        (await names.LoadAsync([conversationId])).ShouldBeFalse();
    }

    [Fact]
    public async Task Hits_AfterAnOutage_AreLookedUpAgain()
    {
        var startup = await _server.RegisterStartupAsync();
        var (sender, _, ids) = await SendAsync(startup, "Velvet goes", "Velvet stays");
        await using var line = new BadLine(_server.Address);
        await using var stan = await Searching.OpenAsync(line.Address, startup, Device.ShortWaits);
        await stan.Finder.RestartOfAsync(new MessageSearch("velvet"));
        stan.Texts.Count.ShouldBe(2);

        line.IsDown = true;
        line.Cut();
        await stan.Device.BeAsync(ConnectionState.Offline);
        (await sender.DeleteMessageAsync(ids[0])).Expect(HttpStatusCode.OK);
        line.IsDown = false;

        await Eventually.TrueAsync(() => stan.Texts is ["Velvet stays"], "The deleted message stays.");
    }

    [Fact]
    public async Task Hits_OfAConversationWithNewMessagesOnly_AreNotLookedUp()
    {
        var startup = await _server.RegisterStartupAsync();
        var (sender, conversationId, ids) = await SendAsync(startup, "Velvet goes", "Velvet stays");
        await using var line = new BadLine(_server.Address);
        await using var stan = await Searching.OpenAsync(line.Address, startup, Device.ShortWaits);
        await stan.Finder.RestartOfAsync(new MessageSearch("velvet"));
        var lookups = 0;
        line.Losing = request =>
        {
            if (request.Contains("/lookup", StringComparison.Ordinal))
                Interlocked.Increment(ref lookups);

            return Loss.Nothing;
        };

        foreach (var number in Given.Sequences(1, 5))
            (await sender.SendAsync(conversationId, $"{number}")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => stan.Device.Session.FindConversation(conversationId)?.LastSequence == 7, "They do not arrive.");
        (await sender.DeleteMessageAsync(ids[0])).Expect(HttpStatusCode.OK);
        await Eventually.TrueAsync(() => stan.Texts is ["Velvet stays"], "The deleted message stays.");

        Volatile.Read(ref lookups).ShouldBe(1);
    }

    [Fact]
    public async Task Hits_WhoseMessagesExpire_AreRemovedWithTheNextSecond()
    {
        var startup = await _server.RegisterStartupAsync();
        var (sender, conversationId, _) = await SendAsync(startup, "Velvet stays");
        await using var stan = await Searching.OpenAsync(_server.Address, startup, Device.ShortWaits);
        (await sender.SendExpiringAsync(conversationId, "Velvet expires", 1)).Expect(HttpStatusCode.Created);
        await stan.Finder.RestartOfAsync(new MessageSearch("velvet"));
        stan.Watch.Beat();
        stan.Texts.ShouldBe(["Velvet expires", "Velvet stays"]);

        stan.Finder.Update(stan.Finder.Hits[0].Message with { ExpiresAt = stan.Device.Client.ServerTime });
        stan.Watch.Beat();

        stan.Texts.ShouldBe(["Velvet stays"]);
    }

    /// <summary>Opens a session whose list begins with a newer conversation, and does not have the given one.</summary>
    private async Task<Searching> BeyondTheListAsync(TestUser startup, Guid conversationId)
    {
        await SendAsync(startup, "Newer");
        var searching = await Searching.OpenAsync(_server.Address, startup, Device.ShortWaits with { PageSize = 1 });
        await Eventually.TrueAsync(() => searching.Device.Session.HasReadConversations, "The list is not loaded.");
        searching.Device.Session.FindConversation(conversationId).ShouldBeNull();

        return searching;
    }

    private async Task<(TestUser Sender, Guid ConversationId, IReadOnlyList<Guid> Ids)> SendAsync(TestUser startup, params string[] texts)
    {
        var sender = await _server.RegisterInvestorAsync();
        var conversationId = await sender.ConversationWithAsync(startup);
        var ids = new List<Guid>();
        foreach (var text in texts)
            ids.Add((await sender.SendAsync(conversationId, text)).Expect(HttpStatusCode.Created).Data.Id());

        return (sender, conversationId, ids);
    }

    /// <summary>A device with a search whose hits are kept up to date.</summary>
    private sealed class Searching : IAsyncDisposable
    {
        private Searching(Device device)
        {
            Device = device;
            Finder = new MessageFinder(device.Client.Messages, TimeProvider.System);
            Watch = new HitWatch(device.Session, Finder, TimeProvider.System);
        }

        public Device Device { get; }

        public MessageFinder Finder { get; }

        public HitWatch Watch { get; }

        public IReadOnlyList<string?> Texts => [.. Finder.Hits.Select(hit => hit.Message.Content)];

        public static async Task<Searching> OpenAsync(Uri address, TestUser user, MessagingSessionOptions options)
        {
            var device = await Device.OpenAsync(address, user, options);
            await device.BeAsync(ConnectionState.Online);

            return new Searching(device);
        }

        public async ValueTask DisposeAsync()
        {
            Watch.Dispose();
            Finder.Dispose();
            await Device.DisposeAsync();
        }
    }
}
