using System.Net;
using System.Text.RegularExpressions;

namespace CleanMessaging.Web.Tests.Messages;

/// <summary>Tests that a message that waits for a network can be edited and withdrawn, and the keys and buttons that lead to edits.</summary>
public sealed class UnsentMessageTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task EditAndWithdraw_WithoutANetwork_SendOnlyTheNewText()
    {
        var scene = await MeetAsync();
        scene.Investor.Allow("ERR_INTERNET_DISCONNECTED|/hubs/messaging");
        await scene.Investor.Context.SetOfflineAsync(true);
        await scene.Investor.SendAsync("Helo");
        await scene.Investor.SendAsync("Not this one");
        await Expect(scene.Investor.Message("Not this one")).ToContainTextAsync("Waiting for a connection");

        await ChooseAsync(scene.Investor, "Helo", "Edit");
        await Expect(scene.Investor.MessageField).ToHaveValueAsync("Helo");
        await scene.Investor.MessageField.FillAsync("Hello");
        await scene.Investor.Button("Save").ClickAsync();
        await Expect(scene.Investor.Message("Hello")).ToContainTextAsync("Waiting for a connection");
        await ChooseAsync(scene.Investor, "Not this one", "Don’t send");
        await Expect(scene.Investor.Message("Not this one")).ToHaveCountAsync(0);
        await scene.Investor.Context.SetOfflineAsync(false);

        await Expect(scene.Startup.Message("Hello")).ToBeVisibleAsync();
        await Expect(scene.Startup.Message("Hello")).Not.ToContainTextAsync("edited");
        await Expect(scene.Startup.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(1);
    }

    [LongFact]
    public async Task EditUnsent_InTwoTabs_IsSeenByTheOther()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        var here = await VisitAsync(investor);
        here.Allow("ERR_INTERNET_DISCONNECTED|/hubs/messaging");
        await here.OpenAsync(conversationId);
        var there = await here.OpenTabAsync();
        await there.OpenAsync(conversationId);
        await here.Context.SetOfflineAsync(true);
        await here.TurnToAsync();
        await here.SendAsync("Helo");
        await there.TurnToAsync();
        await Expect(there.Message("Helo")).ToBeVisibleAsync();

        await ChooseAsync(there, "Helo", "Edit");
        await there.MessageField.FillAsync("Hello");
        await there.Button("Save").ClickAsync();
        await Expect(here.Message("Hello")).ToBeVisibleAsync();
        await here.Context.SetOfflineAsync(false);

        await Expect(here.Message("Hello").GetByText("Sent", new() { Exact = true })).ToBeAttachedAsync();
        (await Server.QueryAsync<string>($"SELECT string_agg(content, ',') FROM messages WHERE conversation_id = '{conversationId}'")).ShouldBe("Hello");
    }

    [LongFact]
    public async Task PressArrowUp_InTheEmptyField_EditsTheLastOwnMessage()
    {
        var scene = await MeetAsync();
        await scene.Investor.SendAsync("First");
        await scene.Investor.SendAsync("Secnd");
        await scene.Startup.SendAsync("An answer");
        await Expect(scene.Investor.Message("An answer")).ToBeVisibleAsync();
        var keyboard = scene.Investor.Page.Keyboard;
        await scene.Investor.MessageField.FillAsync("A draft");

        await keyboard.PressAsync("ArrowUp");
        await Expect(scene.Investor.Button("Save")).ToHaveCountAsync(0);
        await scene.Investor.MessageField.FillAsync("");
        await keyboard.PressAsync("ArrowUp");
        await Expect(scene.Investor.MessageField).ToHaveValueAsync("Secnd");
        await scene.Investor.MessageField.FillAsync("Second");
        await keyboard.PressAsync("Enter");

        await Expect(scene.Startup.Message("Second")).ToContainTextAsync("edited");
        await Expect(scene.Investor.MessageField).ToHaveValueAsync("");
    }

    [LongFact]
    public async Task ClickEdited_OfAMessage_ShowsItsVersionsUntilItIsHiddenElsewhere()
    {
        var scene = await MeetAsync();
        await scene.Startup.SendAsync("Helo");
        await Expect(scene.Investor.Message("Helo")).ToBeVisibleAsync();
        var messages = (await scene.StartupUser.GetAsync($"/api/messages?conversationId={scene.ConversationId}")).Expect(HttpStatusCode.OK).Data;
        var id = messages[0].Id();
        var before = await HeightOfAsync("Helo");
        (await scene.StartupUser.PutAsync($"/api/messages/{id}/content", new { content = "Hello", version = 0 })).Expect(HttpStatusCode.OK);
        var edited = scene.Investor.Message("Hello").GetByRole(AriaRole.Button, new() { Name = "edited" });

        // The time next to it is that of the message. The list does not move when a message is edited.
        await Expect(edited).ToHaveTextAsync("edited");
        await Expect(edited).ToHaveAttributeAsync("title", new Regex(@"^Edited .*\d\d:\d\d\. Show earlier versions$"));
        (await HeightOfAsync("Hello")).ShouldBe(before);
        await edited.ClickAsync();
        var dialog = scene.Investor.Dialog("Versions of this message");
        await Expect(dialog.GetByRole(AriaRole.Listitem)).ToContainTextAsync(["Helo", "Hello"]);
        (await scene.InvestorUser.PostAsync("/api/messages/hide", new { conversationId = scene.ConversationId, messageIds = new[] { id } }))
            .Expect(HttpStatusCode.OK);

        await Expect(dialog.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(0);
        await Expect(dialog.GetByText("Helo", new() { Exact = true })).ToHaveCountAsync(0);

        Task<double> HeightOfAsync(string text) =>
            scene.Investor.Message(text).Locator(".bubble").EvaluateAsync<double>("bubble => bubble.getBoundingClientRect().height");
    }

    private static async Task ChooseAsync(Visitor visitor, string text, string action)
    {
        await visitor.Message(text).Locator(".message-text").ClickAsync(new() { Button = MouseButton.Right });
        await visitor.Page.GetByRole(AriaRole.Menuitem, new() { Name = action, Exact = true }).ClickAsync();
    }
}
