using System.Net;

namespace CleanMessaging.Web.Tests.Messages;

/// <summary>Tests how the page shows a conversation whose other participant is deactivated.</summary>
public sealed class DeactivatedTests(Stage stage) : WebTests(stage)
{
    [LongFact]
    public async Task OpenConversation_WithADeactivatedUser_HasANoticeInPlaceOfTheComposer()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        (await startup.SendAsync(conversationId, "Good morning")).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor);
        var admin = await Server.CreateAdminAsync();
        (await admin.PostAsync($"/api/admin/users/{startup.Id}/deactivate", new { })).Expect(HttpStatusCode.OK);

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

    [LongFact]
    public async Task DeactivateUser_WhileTheConversationIsOpen_TakesTheComposerAwayAndBringsItBackWithItsDraft()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        var admin = await Server.CreateAdminAsync();
        await visitor.OpenAsync(conversationId);
        await visitor.MessageField.FillAsync("Half a thought");
        await visitor.MessageField.FocusAsync();

        (await admin.PostAsync($"/api/admin/users/{startup.Id}/deactivate", new { })).Expect(HttpStatusCode.OK);

        await Expect(Notice(visitor, startup)).ToBeVisibleAsync();
        await Expect(visitor.MessageField).ToHaveCountAsync(0);
        await Expect(visitor.ConversationWith(startup)).ToContainTextAsync("Deactivated");
        await Expect(visitor.Heading).ToBeFocusedAsync();
        await Expect(visitor.Page.Locator("[aria-live=polite]")).ToContainTextAsync("account is deactivated");

        (await admin.PostAsync($"/api/admin/users/{startup.Id}/reactivate", new { })).Expect(HttpStatusCode.OK);

        await Expect(visitor.MessageField).ToHaveValueAsync("Half a thought");
        await Expect(Notice(visitor, startup)).ToHaveCountAsync(0);
        await Expect(visitor.Page.GetByText("Deactivated", new() { Exact = true })).ToHaveCountAsync(0);
        await visitor.SendAsync("Welcome back");
        await Expect(visitor.SentMark("Welcome back")).ToBeAttachedAsync();
    }

    private static ILocator Notice(Visitor visitor, TestUser other) =>
        visitor.Page.Locator(".composer-closed")
            .Filter(new() { HasText = $"{other.DisplayName}’s account is deactivated. You cannot send messages to them." });
}
