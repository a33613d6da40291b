using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests what a user does with a conversation for themselves, on two devices, and that the other participant notices nothing.</summary>
public sealed class PersonalTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hide_OnOneDevice_RemovesTheMessageOnTheOtherAndLeavesItForTheOther()
    {
        await using var scene = await Scene.OpenAsync(_server);
        await scene.SayAsync("First", "Second", "Third");

        await scene.Hers.HideAsync([scene.Hers.Messages[2]], Cancellation);

        scene.Hers.Messages.Select(message => message.Content).ShouldBe(["First", "Second"]);
        await Eventually.TrueAsync(() => scene.OnPhone.Messages.Count == 2, "The other device still shows it.");
        await Eventually.TrueAsync(
            () => scene.Phone.Session.Conversations is [{ LastMessage.Content: "Second" }], "The preview still shows it.");
        await scene.Phone.RaisesAsync<MessageHidden>();
        scene.Phone.Changes.OfType<MessageHidden>().ShouldHaveSingleItem();
        scene.His.Messages.Count.ShouldBe(3);
        scene.Stan.Session.Conversations.ShouldHaveSingleItem().LastMessage!.Content.ShouldBe("Third");
    }

    [Fact]
    public async Task Hide_WhileTheOtherDeviceIsOffline_ReachesItWithTheNextConnection()
    {
        await using var scene = await Scene.OpenAsync(_server);
        await scene.SayAsync("First", "Second");
        scene.Line.IsDown = true;
        scene.Line.Cut();
        await scene.Phone.BeAsync(ConnectionState.Offline);

        await scene.Hers.HideAsync([scene.Hers.Messages[0]], Cancellation);
        await scene.Ines.Session.Personal.MuteAsync(scene.Hers.ConversationId, cancellationToken: Cancellation);
        scene.OnPhone.Messages.Count.ShouldBe(2);
        scene.Line.IsDown = false;
        scene.Phone.Session.RetryNow();

        await Eventually.TrueAsync(() => scene.OnPhone.Messages is [{ Content: "Second" }], "It is still shown.");
        await Eventually.TrueAsync(
            () => scene.Phone.Session.Conversations is [{ Personal.MutedUntil: not null }], "The conversation is not muted.");
    }

    [Fact]
    public async Task Archive_UntilTheNextMessage_MovesTheConversationOnBothDevices()
    {
        await using var scene = await Scene.OpenAsync(_server);
        await scene.SayAsync("First");
        await Eventually.TrueAsync(() => scene.Ines.Session.UnreadTotals is { Messages: 1 }, "It is not unread.");

        await scene.Ines.Session.Personal.ArchiveAsync(scene.Listed, cancellationToken: Cancellation);

        scene.Listed.Personal.Archived.ShouldBeTrue();
        await Eventually.TrueAsync(
            () => scene.Phone.Session is { Conversations: [{ Personal.Archived: true }], UnreadTotals: { Messages: 0, ArchivedMessages: 1 } },
            "The other device does not show it in the archive.");
        await scene.SayAsync("Second");
        await Eventually.TrueAsync(
            () => scene.Phone.Session is { Conversations: [{ Personal.Archived: false }], UnreadTotals: { Messages: 2, ArchivedMessages: 0 } },
            "It did not return.");
        scene.Stan.Session.Conversations.ShouldHaveSingleItem().Personal.ShouldBe(PersonalState.None);
    }

    [Fact]
    public async Task Delete_OfAConversation_TakesItOutOfTheListUntilTheNextMessage()
    {
        await using var scene = await Scene.OpenAsync(_server);
        await scene.SayAsync("Old");

        await scene.Ines.Session.Personal.DeleteAsync(scene.Listed, Cancellation);

        scene.Ines.Session.Conversations.ShouldBeEmpty();
        scene.Hers.Messages.ShouldBeEmpty();
        await Eventually.TrueAsync(() => scene.Phone.Session.Conversations.Count == 0, "The other device still lists it.");
        await Eventually.TrueAsync(() => scene.OnPhone.Messages.Count == 0, "The other device still shows the messages.");
        await scene.SayAsync("New");
        await Eventually.TrueAsync(
            () => scene.Phone.Session.Conversations is [{ LastMessage.Content: "New", UnreadCount: 1 }], "It did not return.");
        await Eventually.TrueAsync(() => scene.OnPhone.Messages is [{ Content: "New" }], "It shows something else.");
        scene.His.Messages.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Pin_OfAConversationBeyondTheLoadedOnes_ListsIt()
    {
        var investor = await _server.RegisterInvestorAsync();
        var oldest = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        for (var count = 0; count < 3; count++)
            await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        await using var first = await Device.OpenAsync(_server.Address, investor, Device.ShortWaits with { PageSize = 2 });
        await Eventually.TrueAsync(() => first.Session.Conversations.Count == 2, "The list is not loaded.");

        await first.Session.Personal.PinAsync(oldest, Cancellation);

        await Eventually.TrueAsync(
            () => first.Session.FindConversation(oldest) is { Personal.PinnedAt: not null }, "The pinned conversation is not listed.");
        await using var second = await Device.OpenAsync(_server.Address, investor, Device.ShortWaits with { PageSize = 2 });
        await Eventually.TrueAsync(
            () => second.Session.FindConversation(oldest) is { Personal.PinnedAt: not null }, "Another device does not list it.");
        second.Session.Conversations.Count.ShouldBe(3);
    }

    /// <summary>Ines on a computer and a phone, and Stan, all with their conversation open. The line of the phone can be cut.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        public required Device Ines { get; init; }

        public required Device Phone { get; init; }

        public required Device Stan { get; init; }

        public required BadLine Line { get; init; }

        public required ConversationTimeline Hers { get; init; }

        public required ConversationTimeline OnPhone { get; init; }

        public required ConversationTimeline His { get; init; }

        /// <summary>The conversation as Ines sees it in the list.</summary>
        public Conversation Listed => Ines.Session.Conversations.ShouldHaveSingleItem();

        public static async Task<Scene> OpenAsync(ApiServer server)
        {
            var (investor, startup, conversationId) = await server.RegisterPairAsync();
            var line = new BadLine(server.Address);
            var ines = await Device.OpenAsync(server.Address, investor);
            var phone = await Device.OpenAsync(line.Address, investor);
            var stan = await Device.OpenAsync(server.Address, startup);

            return new Scene
            {
                Ines = ines,
                Phone = phone,
                Stan = stan,
                Line = line,
                Hers = await ines.OpenAsync(conversationId),
                OnPhone = await phone.OpenAsync(conversationId),
                His = await stan.OpenAsync(conversationId),
            };
        }

        /// <summary>Sends messages of Stan, and waits until both devices of Ines have received them.</summary>
        public async Task SayAsync(params string[] contents)
        {
            foreach (var content in contents)
                await His.SendAsync(content, cancellationToken: Cancellation);
            await Eventually.TrueAsync(
                () => Hers.Messages.Any(message => message.Content == contents[^1]) && OnPhone.Messages.Any(message => message.Content == contents[^1])
                    && Ines.Session.Conversations is [{ LastMessage: { } last }] && last.Content == contents[^1],
                "The messages did not arrive.");
        }

        public async ValueTask DisposeAsync()
        {
            await Ines.DisposeAsync();
            await Phone.DisposeAsync();
            await Stan.DisposeAsync();
            await Line.DisposeAsync();
        }
    }
}
