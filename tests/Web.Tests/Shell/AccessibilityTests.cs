using System.Net;

namespace CleanMessaging.Web.Tests.Shell;

/// <summary>Every page and what opens on it, in both themes, at a desk and on a phone.</summary>
public sealed class AccessibilityTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task ShowPages_ToAStranger_HasNoAccessibilityFault()
    {
        var visitor = await VisitAsync();
        visitor.Allow("status of 401");
        visitor.Allow("status of 404");
        var survey = new AxeSurvey(visitor);

        await visitor.GoAsync("/sign-in");
        await survey.LookAtAsync("sign-in");
        await visitor.SignInAsync("nobody@example.com", "wrong password");
        await Expect(visitor.Alert.First).ToContainTextAsync("wrong");
        await survey.LookAtAsync("sign-in refused");
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Create an account" }).ClickAsync();
        await Expect(visitor.Heading).ToHaveTextAsync("Create an account");
        await survey.LookAtAsync("register");
        await visitor.Button("Create account").ClickAsync();
        await Expect(visitor.Page.GetByText("Choose one of the two.")).ToBeVisibleAsync();
        await survey.LookAtAsync("register with faults");

        survey.ShouldHaveFoundNothing();
    }

    [Fact]
    public async Task ShowPages_ToSomebodyNew_HasNoAccessibilityFault()
    {
        await Server.RegisterStartupAsync();
        var visitor = await VisitAsync(await Server.RegisterInvestorAsync());
        var survey = new AxeSurvey(visitor);

        await visitor.GoAsync("/messages");
        await Expect(visitor.Page.GetByText("You have no conversations yet.")).ToBeVisibleAsync();
        await survey.LookAtAsync("messages, empty");
        await visitor.FollowAsync("People");
        await Expect(visitor.Page.GetByRole(AriaRole.List, new() { Name = "People" })).ToBeVisibleAsync();
        await survey.LookAtAsync("people");
        await visitor.Page.GetByRole(AriaRole.Searchbox).FillAsync("no such name");
        await Expect(visitor.Page.GetByText("Nobody is called")).ToBeVisibleAsync();
        await survey.LookAtAsync("people, none found");
        await visitor.FollowAsync("Wallet");
        await Expect(visitor.Page.GetByText("There are no transactions yet.")).ToBeVisibleAsync();
        await survey.LookAtAsync("wallet, empty");
        await visitor.FollowAsync("Account");
        await visitor.Button("Change password").ClickAsync();
        await Expect(visitor.Page.GetByText("Enter your current password.")).ToBeVisibleAsync();
        await survey.LookAtAsync("account with faults");

        survey.ShouldHaveFoundNothing();
    }

    [Fact]
    public async Task ShowPages_InTheMiddleOfConversations_HasNoAccessibilityFault()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var another = await Server.RegisterStartupAsync();
        var ofAnother = await investor.ConversationWithAsync(another);
        await CreditAsync(investor, 500);
        (await startup.SendAsync(conversationId, "See https://example.com/deck, and tell me.")).Expect(HttpStatusCode.Created);
        (await investor.SendExpiringAsync(conversationId, "This disappears.", 1)).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(conversationId, "This stays.")).Expect(HttpStatusCode.Created);
        (await another.SendAsync(ofAnother, "Unread")).Expect(HttpStatusCode.Created);
        await SetQuotaAsync(investor, dailyFreeLimit: 0, pointsPerMessage: 10);
        var visitor = await VisitAsync(investor);
        visitor.Allow("status of 402|ERR_INTERNET_DISCONNECTED|/hubs/messaging");
        var survey = new AxeSurvey(visitor);

        await visitor.GoAsync("/messages");
        await Expect(visitor.Conversations).ToHaveCountAsync(2);
        await survey.LookAtAsync("messages");
        await visitor.ConversationWith(startup).ClickAsync();
        await visitor.SendAsync("For points");
        await Expect(visitor.Dialog("Your free messages are used up")).ToBeVisibleAsync();
        await survey.LookAtAsync("chat, dialog open");
        await visitor.Button("Do not send").ClickAsync();
        await Expect(visitor.Message("For points")).ToContainTextAsync("Not sent");
        await visitor.Page.GetByLabel("Disappears", new() { Exact = true }).SelectOptionAsync("Disappears after…");
        await visitor.MessageField.FillAsync(new string('x', 5_001));
        await visitor.SendButton.ClickAsync();
        await Expect(visitor.Alert.Filter(new() { HasText = "at most 5,000" })).ToBeVisibleAsync();
        await survey.LookAtAsync("chat");
        await visitor.FollowAsync("Wallet");
        await Expect(visitor.Page.GetByRole(AriaRole.List, new() { Name = "Statement" })).ToBeVisibleAsync();
        await survey.LookAtAsync("wallet");
        await visitor.FollowAsync("Account");
        await visitor.Button("Sign out").ClickAsync();
        await Expect(visitor.Dialog("1 message was not sent")).ToBeVisibleAsync();
        await survey.LookAtAsync("account, dialog open");
        await visitor.Button("Stay").ClickAsync();
        await visitor.Context.SetOfflineAsync(true);
        await Expect(visitor.Button("Try now")).ToBeVisibleAsync();
        await survey.LookAtAsync("account, offline");

        survey.ShouldHaveFoundNothing();
    }

    [Fact]
    public async Task ShowPages_ToAnAdmin_HasNoAccessibilityFault()
    {
        var investor = await Server.RegisterInvestorAsync();
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        var survey = new AxeSurvey(visitor);

        await visitor.GoAsync("/admin");
        await visitor.Page.GetByRole(AriaRole.Searchbox).FillAsync(investor.Email);
        await visitor.Button($"Choose {investor.DisplayName}").ClickAsync();
        await visitor.Button("Credit").ClickAsync();
        await visitor.Button("Verify").ClickAsync();
        await Expect(visitor.Page.GetByText("Everything adds up")).ToBeVisibleAsync();
        await survey.LookAtAsync("administration");
        await visitor.Button("Deactivate").ClickAsync();
        await Expect(visitor.Dialog($"Deactivate {investor.DisplayName}?")).ToBeVisibleAsync();
        await survey.LookAtAsync("administration, dialog open");

        survey.ShouldHaveFoundNothing();
    }
}
