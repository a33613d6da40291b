using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests the list and the unread counts of a session with more conversations than it loads initially.</summary>
public sealed class ListedConversationsTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const int Total = 12;

    private static readonly MessagingSessionOptions _fewAtATime = Device.ShortWaits with { PageSize = 5 };

    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_OfAConversationBeyondThoseThatWereRead_ListsItAfterThem()
    {
        var (investor, conversations) = await StartAsync();
        var (_, oldest) = conversations[0];
        await using var ines = await Device.OpenAsync(_server.Address, investor, _fewAtATime);
        await ines.BeAsync(ConnectionState.Online);
        ines.Session.Conversations.Count.ShouldBe(5);

        await ines.OpenAsync(oldest);

        await Eventually.TrueAsync(() => ines.Session.FindConversation(oldest) is not null, "It is not listed.");
        ines.Session.Conversations.Select(conversation => conversation.Id)
            .ShouldBe([.. conversations.TakeLast(5).Reverse().Select(one => one.Id), oldest]);
        ines.Session.HasMoreConversations.ShouldBeTrue();
    }

    [Fact]
    public async Task Open_BeforeTheListIsRead_ListsItToo()
    {
        var (investor, conversations) = await StartAsync();
        var (_, oldest) = conversations[0];
        await using var ines = await Device.OpenAsync(_server.Address, investor, _fewAtATime);

        await ines.OpenAsync(oldest);

        await Eventually.TrueAsync(() => ines.Session.Conversations.Count == 6, "It is not listed.");
        ines.Session.Conversations[^1].Id.ShouldBe(oldest);
    }

    [Fact]
    public async Task LoadMore_UpToAnOpenConversation_HasItInItsPlaceOnce()
    {
        var (investor, conversations) = await StartAsync();
        await using var ines = await Device.OpenAsync(_server.Address, investor, _fewAtATime);
        await ines.OpenAsync(conversations[3].Id);
        await Eventually.TrueAsync(() => ines.Session.Conversations.Count == 6, "It is not listed.");

        while (ines.Session.HasMoreConversations)
            await ines.Session.LoadMoreConversationsAsync(Cancellation);

        ines.Session.Conversations.Select(conversation => conversation.Id)
            .ShouldBe(Enumerable.Reverse(conversations).Select(one => one.Id));
    }

    [Fact]
    public async Task Send_WhileItCannotBeSent_ListsTheConversation()
    {
        var (investor, conversations) = await StartAsync();
        await using var line = new BadLine(_server.Address);
        await using var ines = await Device.OpenAsync(line.Address, investor, _fewAtATime);
        await ines.BeAsync(ConnectionState.Online);
        line.Losing = request => request == "POST /api/messages/send" ? Loss.Request : Loss.Nothing;

        await ines.Session.SendAsync(conversations[0].Id, "Waits", cancellationToken: Cancellation);

        await Eventually.TrueAsync(() => ines.Session.FindConversation(conversations[0].Id) is not null, "It is not listed.");
    }

    [LongFact]
    public async Task Totals_OverMoreConversationsThanWereRead_ComeFromTheServerAndFollowWhatHappens()
    {
        var (investor, conversations) = await StartAsync();
        await using var here = await Device.OpenAsync(_server.Address, investor, _fewAtATime);
        await using var there = await Device.OpenAsync(_server.Address, investor, _fewAtATime);
        Device[] devices = [here, there];
        await ShouldBecomeAsync(devices, new UnreadTotals(Total, Total));

        // A conversation that neither session has loaded gets one more message and is then read on another device.
        var (startup, oldest) = conversations[0];
        (await investor.MarkReadAsync(oldest)).Expect(HttpStatusCode.OK);
        await ShouldBecomeAsync(devices, new UnreadTotals(Total - 1, Total - 1));
        (await startup.SendAsync(oldest, "Another")).Expect(HttpStatusCode.Created);
        await ShouldBecomeAsync(devices, new UnreadTotals(Total, Total));

        var timeline = here.Session.Open(conversations[^1].Id);
        await timeline.WaitUntilLoadedAsync(Cancellation);
        await timeline.MarkReadAsync(Cancellation);
        await ShouldBecomeAsync(devices, new UnreadTotals(Total - 1, Total - 1));
        await Eventually.TrueAsync(
            () => here.Changes.OfType<UnreadChanged>().Last().Totals == new UnreadTotals(Total - 1, Total - 1), "The session does not raise UnreadChanged.");
    }

    [Fact]
    public async Task Totals_OfAListThatIsComplete_AreThoseOfTheListWithoutARequest()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, startup.Id, 3);
        await using var line = new BadLine(_server.Address);
        var asked = 0;
        line.Losing = request =>
        {
            asked += request.Contains("/unread", StringComparison.Ordinal) ? 1 : 0;

            return Loss.Nothing;
        };
        await using var ines = await Device.OpenAsync(line.Address, investor);
        await ShouldBecomeAsync([ines], new UnreadTotals(1, 3));

        (await startup.SendAsync(conversationId, "A fourth")).Expect(HttpStatusCode.Created);
        await ShouldBecomeAsync([ines], new UnreadTotals(1, 4));

        asked.ShouldBe(0);
    }

    private static Task ShouldBecomeAsync(Device[] devices, UnreadTotals expected) =>
        Eventually.TrueAsync(() => devices.All(device => device.Session.UnreadTotals == expected), $"It is not {expected}.");

    /// <summary>
    /// Creates an Investor with a conversation with each of several Startups, each of which has sent one message; the oldest activity
    /// first.
    /// </summary>
    private async Task<(TestUser Investor, IReadOnlyList<(TestUser Startup, Guid Id)> Conversations)> StartAsync()
    {
        var investor = await _server.RegisterInvestorAsync();
        var conversations = new List<(TestUser, Guid)>();
        for (var number = 0; number < Total; number++)
        {
            var startup = await _server.RegisterStartupAsync();
            var conversationId = await investor.ConversationWithAsync(startup);
            (await startup.SendAsync(conversationId, $"Number {number}")).Expect(HttpStatusCode.Created);
            conversations.Add((startup, conversationId));
        }

        return (investor, conversations);
    }
}
