using System.Net;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Web.Tests.Shell;

/// <summary>
/// Tests the accessibility of every page and its dialogs, in both themes and widths. <see cref="AxeSurvey"/> says in which combinations.
/// </summary>
public sealed class AccessibilityTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task ShowPages_ToAVisitor_HasNoAccessibilityFault()
    {
        var visitor = await VisitAsync();
        visitor.Allow("status of 401");
        visitor.Allow("status of 404");
        var survey = new AxeSurvey(visitor);

        await visitor.GoAsync("/sign-in");
        await survey.LookAtAsync("sign-in");
        await visitor.SignInAsync("nobody@example.com", "wrong password");
        await Expect(visitor.Alert.Filter(new() { HasText = "wrong" })).ToBeVisibleAsync();
        await survey.LookAtAsync("sign-in rejected");
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Create an account" }).ClickAsync();
        await Expect(visitor.Heading).ToHaveTextAsync("Create an account");
        await survey.LookAtAsync("register");
        await visitor.Button("Create account").ClickAsync();
        await Expect(visitor.Page.GetByText("Choose whether you are an investor or a startup.")).ToBeVisibleAsync();
        await survey.LookAtAsync("register with faults");

        survey.ShouldHaveFoundNothing();
    }

    [LongFact]
    public async Task ShowPages_ToANewUser_HasNoAccessibilityFault()
    {
        await Server.RegisterStartupAsync();
        var visitor = await VisitAsync(await Server.RegisterInvestorAsync());
        var survey = new AxeSurvey(visitor);

        await visitor.GoAsync("/messages");
        await Expect(visitor.Page.GetByText("You have no conversations.")).ToBeVisibleAsync();
        await survey.LookAtAsync("messages, empty");
        await visitor.FollowAsync("People");
        await Expect(visitor.Page.GetByRole(AriaRole.List, new() { Name = "People" })).ToBeVisibleAsync();
        await survey.LookAtAsync("people");
        await visitor.Page.GetByRole(AriaRole.Searchbox).FillAsync("no such name");
        await Expect(visitor.Page.GetByText("No results for")).ToBeVisibleAsync();
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

    [LongFact]
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
        await visitor.SignOutAsync();
        await Expect(visitor.Dialog("1 message was not sent")).ToBeVisibleAsync();
        await survey.LookAtAsync("account, dialog open");
        await visitor.Button("Cancel").ClickAsync();
        await visitor.Context.SetOfflineAsync(true);
        await Expect(visitor.Button("Retry now")).ToBeVisibleAsync();
        await survey.LookAtAsync("account, offline");

        survey.ShouldHaveFoundNothing();
    }

    [LongFact]
    public async Task ShowPages_ToAnAdmin_HasNoAccessibilityFault()
    {
        var investor = await Server.RegisterInvestorAsync();
        await CreditAsync(investor, 40);
        await SetQuotaAsync(investor, dailyFreeLimit: 3, pointsPerMessage: null);
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
        await visitor.Dialog($"Deactivate {investor.DisplayName}?").GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Reverse +40" }).ClickAsync();
        await visitor.Dialog($"Reverse +40 of {investor.DisplayName}?").GetByRole(AriaRole.Button, new() { Name = "Reverse" }).ClickAsync();
        await survey.LookAtAsync("administration, reversal at fault");
        await visitor.Dialog($"Reverse +40 of {investor.DisplayName}?").GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await visitor.FindDifferencesAsync(3);
        await survey.LookAtAsync("administration, ledger that does not add up");
        await visitor.Button("Purge").ClickAsync();
        await Expect(visitor.Page.GetByLabel("Expired before")).ToBeFocusedAsync();
        await survey.LookAtAsync("administration, purge at fault");
        await visitor.Page.GetByLabel("Expired before").FillAsync("2020-01-01");
        await visitor.Page.GetByLabel("Reason for the purge").FillAsync("Retention period");
        await visitor.Button("Purge").ClickAsync();
        await Expect(visitor.Dialog("Erase the contents of expired messages?")).ToBeVisibleAsync();
        await survey.LookAtAsync("administration, purge dialog open");

        survey.ShouldHaveFoundNothing();
    }

    [LongFact]
    public async Task ShowPages_ThatSayWhatIsNotThere_HasNoAccessibilityFault()
    {
        var (_, _, foreign) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(await Server.RegisterInvestorAsync());
        visitor.Allow("status of 404");
        var survey = new AxeSurvey(visitor);

        await visitor.GoAsync($"/messages/{foreign}");
        await Expect(visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Back to your messages" })).ToBeVisibleAsync();
        await survey.LookAtAsync("conversation not found");
        await visitor.GoAsync("/admin");
        await Expect(visitor.Page.GetByText("This page is for administrators.")).ToBeVisibleAsync();
        await survey.LookAtAsync("administration, not allowed");
        await visitor.GoAsync("/sign-in?to=%2Fnothing");
        await Expect(visitor.Heading).ToHaveTextAsync("Nothing here");
        await survey.LookAtAsync("nothing here");

        survey.ShouldHaveFoundNothing();
    }

    [LongFact]
    public async Task ShowPages_WhileTheyLoadAndWhenTheyCannotBeLoaded_HasNoAccessibilityFault()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        visitor.Allow("status of 503|[.]wasm|mono_download_assets|Failed to fetch|MONO_WASM|ERR_CONNECTION_REFUSED");
        var survey = new AxeSurvey(visitor);

        // An open connection on which no data arrives.
        await visitor.Page.RouteWebSocketAsync("**/hubs/messaging**", _ => { });
        await visitor.GoAsync($"/messages/{conversationId}");
        await Expect(visitor.Page.GetByText("Loading messages…")).ToBeVisibleAsync();
        await Expect(visitor.Page.GetByText("Loading your conversations…")).ToBeAttachedAsync();
        await Expect(visitor.Button("Retry now")).ToBeVisibleAsync();
        await survey.LookAtAsync("conversation, loading");
        await visitor.Page.RouteAsync("**/api/wallet/transactions*", route => route.FulfillAsync(new() { Status = 503 }));
        await visitor.GoAsync("/wallet");
        await Expect(visitor.Button("Try again")).ToBeVisibleAsync();
        await survey.LookAtAsync("wallet, not loaded");

        var held = new TaskCompletionSource();
        await visitor.Page.RouteAsync("**/*.wasm", async route =>
        {
            await held.Task;
            await route.AbortAsync(RequestAbortErrorCode.ConnectionRefused);
        });
        await visitor.Page.GotoAsync("/wallet");
        await Expect(visitor.Page.GetByText("Loading CleanMessaging…")).ToBeVisibleAsync();
        await survey.LookAtAsync("application, loading");
        held.SetResult();
        await Expect(visitor.Page.GetByText("CleanMessaging could not be loaded.")).ToBeVisibleAsync();
        await survey.LookAtAsync("application, not loaded");

        survey.ShouldHaveFoundNothing();
    }

    [LongFact]
    public async Task ShowPages_WithAWarningOrAnOffer_HasNoAccessibilityFault()
    {
        var server = await StartServerAsync(("Conversations:Price", "25"));
        var investor = await server.CreateWithPointsAsync(UserRole.Investor, 100);
        var started = await investor.PostAsync(
            "/api/conversations/create", new { receiverId = (await server.RegisterStartupAsync()).Id, pointsCost = 25 });
        var conversationId = started.Expect(HttpStatusCode.Created).Data.Id();
        await server.FillAsync(conversationId, investor.Id, 60);
        var another = await server.RegisterStartupAsync();
        var visitor = await VisitAsync(investor);
        visitor.Allow("status of 409");
        var survey = new AxeSurvey(visitor);

        await visitor.OpenAsync(conversationId);
        await visitor.BeWarnedAsync();
        await survey.LookAtAsync("chat with a warning");
        await visitor.FollowAsync("People");
        await visitor.Button($"Message {another.DisplayName}").ClickAsync();
        await Expect(visitor.Dialog("This conversation costs points")).ToBeVisibleAsync();
        await survey.LookAtAsync("people, dialog open");

        survey.ShouldHaveFoundNothing();
    }
}
