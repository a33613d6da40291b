using System.Net;
using System.Text.RegularExpressions;

namespace CleanMessaging.Web.Tests.Messages;

/// <summary>What the page shows of a conversation whose other participant is deactivated.</summary>
public sealed class DeactivatedTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task OpenConversation_WithADeactivatedUser_HasANoticeInPlaceOfTheComposer()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        (await startup.SendAsync(conversationId, "Good morning")).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor);
        var account = await Account.OfAsync(visitor, startup);
        account.IsDeactivated = true;

        await visitor.OpenAsync(conversationId);

        await Expect(Notice(visitor, startup)).ToBeVisibleAsync();
        await Expect(visitor.MessageField).ToHaveCountAsync(0);
        await Expect(visitor.Log.GetByText("Good morning")).ToBeVisibleAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Main).GetByText("Deactivated", new() { Exact = true })).ToHaveCountAsync(2);
        await Expect(visitor.ConversationWith(startup)).ToContainTextAsync("Deactivated");
        var survey = new AxeSurvey(visitor);
        await survey.LookAtAsync("a conversation with a deactivated user");
        survey.ShouldHaveFoundNothing();
    }

    [Fact]
    public async Task ConversationUpdated_WhileTheConversationIsOpen_TakesTheComposerAwayAndBringsItBackWithItsDraft()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        var account = await Account.OfAsync(visitor, startup);
        await visitor.OpenAsync(conversationId);
        await visitor.MessageField.FillAsync("Half a thought");
        await visitor.MessageField.FocusAsync();

        account.IsDeactivated = true;
        (await startup.SendAsync(conversationId, "Goodbye")).Expect(HttpStatusCode.Created);

        await Expect(Notice(visitor, startup)).ToBeVisibleAsync();
        await Expect(visitor.MessageField).ToHaveCountAsync(0);
        await Expect(visitor.ConversationWith(startup)).ToContainTextAsync("Deactivated");
        await Expect(visitor.Heading).ToBeFocusedAsync();
        await Expect(visitor.Page.Locator("[aria-live=polite]")).ToContainTextAsync("account is deactivated");

        account.IsDeactivated = false;
        (await startup.SendAsync(conversationId, "Hello again")).Expect(HttpStatusCode.Created);

        await Expect(visitor.MessageField).ToHaveValueAsync("Half a thought");
        await Expect(Notice(visitor, startup)).ToHaveCountAsync(0);
        await Expect(visitor.Page.GetByText("Deactivated", new() { Exact = true })).ToHaveCountAsync(0);
        await visitor.SendAsync("Welcome back");
        await Expect(visitor.SentMark("Welcome back")).ToBeAttachedAsync();
    }

    private static ILocator Notice(Visitor visitor, TestUser other) =>
        visitor.Page.Locator(".composer-closed").Filter(new() { HasText = $"{other.DisplayName}’s account is deactivated. You cannot send messages to them." });

    /// <summary>
    /// The account of a user as one browser is told of it: the member <c>isDeactivated</c> of the participant is set in every answer and every event on the
    /// way to the browser.
    /// </summary>
    private sealed class Account(TestUser user)
    {
        private static readonly Regex _participant =
            new("""(?<rest>"userId":"(?<id>[0-9a-f-]+)"[^{}]*?"lastReadSequence":\d+)(,"isDeactivated":(true|false))?""");

        public volatile bool IsDeactivated;

        public static async Task<Account> OfAsync(Visitor visitor, TestUser user)
        {
            var account = new Account(user);
            await visitor.Page.RouteAsync("**/api/conversations**", async route =>
            {
                var answer = await route.FetchAsync();
                await route.FulfillAsync(new() { Response = answer, Body = account.Rewrite(await answer.TextAsync()) });
            });
            await visitor.Page.RouteWebSocketAsync("**/hubs/messaging**", socket =>
            {
                var server = socket.ConnectToServer();
                server.OnMessage(frame => socket.Send(account.Rewrite(frame.Text ?? "")));
            });

            return account;
        }

        private string Rewrite(string json) => _participant.Replace(json, match =>
            match.Groups["id"].Value == user.Id.ToString() ? $"{match.Groups["rest"].Value},\"isDeactivated\":{(IsDeactivated ? "true" : "false")}" : match.Value);
    }
}
