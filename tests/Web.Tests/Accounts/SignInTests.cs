using System.Collections.Concurrent;
using System.Net;

namespace CleanMessaging.Web.Tests.Accounts;

public sealed class SignInTests(Stage stage) : WebTests(stage)
{
    /// <summary>Longer than the lifetime of an access token, which is 15 minutes.</summary>
    private static readonly TimeSpan _tokenIsOver = TimeSpan.FromMinutes(20);

    [Fact]
    public async Task SignIn_OnTheWayToAConversation_ArrivesThere()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync();
        await visitor.GoAsync($"/messages/{conversationId}");
        await Expect(visitor.Heading).ToHaveTextAsync("Sign in");

        await visitor.SignInAsync(investor.Email, ApiServer.Password);

        await Expect(visitor.Heading).ToHaveTextAsync(startup.DisplayName);
        await Expect(visitor.MessageField).ToBeVisibleAsync();
    }

    [LongTheory]
    [InlineData("https://example.com/")]
    [InlineData("/\t/example.com")]
    public async Task SignIn_ToSomewhereElse_StaysInTheApplication(string to)
    {
        var investor = await Server.RegisterInvestorAsync();
        var visitor = await VisitAsync();
        await visitor.GoAsync(SignInFor(to));

        await visitor.SignInAsync(investor.Email, ApiServer.Password);

        await Expect(visitor.Heading).ToHaveTextAsync("Messages");
        await Expect(visitor.Page).ToHaveURLAsync(new Uri(Server.Address, "/messages").ToString());
    }

    [LongFact]
    public async Task SignInPage_OfASignedInUser_RedirectsWithinTheApplicationOnly()
    {
        var visitor = await VisitAsync(await Server.RegisterInvestorAsync());
        string[] elsewhere =
        [
            "https://example.com/", "//example.com", "/\\example.com", "javascript:alert(1)", "///example.com", "\\\\example.com", "/\t/example.com",
            "/\n/example.com", "\t//example.com", "/\u0000/example.com", "example.com", "",
        ];

        await visitor.GoAsync(SignInFor("//example.com"));
        await Expect(visitor.Page).ToHaveURLAsync(new Uri(Server.Address, "/messages").ToString());
        foreach (var to in elsewhere)
        {
            // Within the application, because loading it takes a second each time.
            await visitor.FollowAsync("Wallet");
            await Expect(visitor.Heading).ToHaveTextAsync("Wallet");
            await visitor.Page.EvaluateAsync("to => Blazor.navigateTo(to)", SignInFor(to));
            await Expect(visitor.Page).ToHaveURLAsync(new Uri(Server.Address, "/messages").ToString());
        }

        await visitor.GoAsync(SignInFor("/wallet?from=here"));
        await Expect(visitor.Page).ToHaveURLAsync(new Uri(Server.Address, "/wallet?from=here").ToString());
    }

    [Fact]
    public async Task SignIn_WithAWrongPassword_IsRejectedInWordsAndCanBeTriedAgain()
    {
        var investor = await Server.RegisterInvestorAsync();
        var visitor = await VisitAsync();
        visitor.Allow("status of 401");
        await visitor.GoAsync("/");

        await visitor.SignInAsync(investor.Email, "wrong password");
        await Expect(visitor.Alert.Filter(new() { HasText = "The e-mail address or the password is wrong." })).ToBeVisibleAsync();
        await visitor.SignInAsync(investor.Email, ApiServer.Password);

        await Expect(visitor.Heading).ToHaveTextAsync("Messages");
    }

    [Fact]
    public async Task SignOut_InOneTab_SignsTheOtherTabOutAndLeavesNothingInTheBrowser()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);

        await visitor.OpenAsync(conversationId);
        await visitor.MessageField.FillAsync("Never finished");
        var other = await visitor.OpenTabAsync();
        await other.GoAsync("/account");

        await other.SignOutAsync();

        await Expect(other.Heading).ToHaveTextAsync("Sign in");
        await ShouldHaveLeftNothingAsync(visitor);
    }

    [LongFact]
    public async Task SignOut_ThatEndsTheSessionBeforeItIsAnswered_LeavesNothingInTheBrowser()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);
        await visitor.MessageField.FillAsync("Never finished");
        await visitor.FollowAsync("Account");
        await DelayLogOutUntilTheSessionHasEndedAsync(visitor);

        await visitor.SignOutAsync();

        await ShouldHaveLeftNothingAsync(visitor);
        await Expect(visitor.Page.GetByText("Your session has ended.")).ToHaveCountAsync(0);
    }

    [LongFact]
    public async Task SignOut_ThatAnotherTabLearnsOfFirst_LeavesNothingInTheBrowser()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);
        await visitor.MessageField.FillAsync("Never finished");
        var other = await visitor.OpenTabAsync();
        await other.OpenAsync(conversationId);
        await other.FollowAsync("Account");

        // The tab does not notice by itself: its requests get no response before it reconnects.
        var held = new TaskCompletionSource();
        await other.Page.RouteAsync("**/api/messages/quota", async route =>
        {
            await held.Task;
            await route.AbortAsync();
        });
        await DelayLogOutUntilTheSessionHasEndedAsync(other);

        await other.SignOutAsync();

        await ShouldHaveLeftNothingAsync(other);
        await Expect(visitor.Heading).ToHaveTextAsync("Sign in");
        held.SetResult();
    }

    [LongFact]
    public async Task SignOut_WithAMessageThatWasNotSent_AsksBeforeItIsDiscarded()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        await SetQuotaAsync(investor, dailyFreeLimit: 0, pointsPerMessage: 10);
        var visitor = await VisitAsync(investor);
        visitor.Allow("status of 402");
        await visitor.OpenAsync(conversationId);
        await visitor.SendAsync("Not for points");
        await visitor.Button("Close").ClickAsync();
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Account" }).ClickAsync();

        await visitor.SignOutAsync();
        await visitor.Dialog("1 message was not sent").GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(visitor.Heading).ToHaveTextAsync("Account");
        await visitor.SignOutAsync();
        await visitor.Button("Discard and sign out").ClickAsync();

        await ShouldHaveLeftNothingAsync(visitor);
    }

    [LongFact]
    public async Task ChangePassword_OnAnotherDevice_ShowsTheSignInPageWithTheReason()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        visitor.Allow("status of 401");
        visitor.Allow("/hubs/messaging");
        await visitor.OpenAsync(conversationId);

        (await investor.PostAsync("/api/auth/password", new { currentPassword = ApiServer.Password, newPassword = "another horse battery" })).Expect(HttpStatusCode.OK);

        await Expect(visitor.Heading).ToHaveTextAsync("Sign in");
        await Expect(visitor.Page.GetByText("Your session has ended. Sign in again to continue.")).ToBeVisibleAsync();
        await visitor.SignInAsync(investor.Email, "another horse battery");
        await Expect(visitor.Heading).ToHaveTextAsync(startup.DisplayName);
    }

    [LongFact]
    public async Task ChangePassword_WithTheCurrentOne_KeepsThisSessionAndIsValidForTheNextSignIn()
    {
        var investor = await Server.RegisterInvestorAsync();
        var visitor = await VisitAsync(investor);
        visitor.Allow("status of 403");
        await visitor.GoAsync("/account");

        await visitor.PasswordField("Current password").FillAsync("a wrong one");
        await visitor.PasswordField("New password").FillAsync("another horse battery");
        await visitor.Button("Change password").ClickAsync();
        await Expect(visitor.PasswordField("Current password")).ToHaveAccessibleDescriptionAsync("The current password is wrong.");
        await visitor.PasswordField("Current password").FillAsync(ApiServer.Password);
        await visitor.Button("Change password").ClickAsync();

        await Expect(visitor.Page.GetByText("Your password was changed.")).ToBeVisibleAsync();
        await visitor.SignOutAsync();
        await visitor.SignInAsync(investor.Email, "another horse battery");
        await Expect(visitor.Heading).ToHaveTextAsync("Messages");
    }

    [LongFact]
    public async Task KeepPageOpen_LongerThanTheAccessTokenIsValid_GoesOnWithoutASignIn()
    {
        var server = await StartServerAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        await visitor.Context.Clock.InstallAsync();
        await visitor.OpenAsync(conversationId);
        var exchanges = CountExchanges(visitor);

        await PassAsync(_tokenIsOver, server, visitor);

        await visitor.SendAsync("Still here");
        await Expect(visitor.SentMark("Still here")).ToBeAttachedAsync();
        (await (await server.LogInAsync(startup.Email)).SendAsync(conversationId, "So am I")).Expect(HttpStatusCode.Created);
        await Expect(visitor.Message("So am I")).ToBeVisibleAsync();
        exchanges.Count.ShouldBe(1);
    }

    [LongFact]
    public async Task ReloadPage_AfterTheAccessTokenHasEnded_GoesOnWithoutASignIn()
    {
        var server = await StartServerAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        await visitor.Context.Clock.InstallAsync();
        await visitor.OpenAsync(conversationId);
        await visitor.Page.GotoAsync("about:blank");
        var exchanges = CountExchanges(visitor);

        server.Clock.Shift(_tokenIsOver);
        await visitor.Context.Clock.FastForwardAsync((long)_tokenIsOver.TotalMilliseconds);
        await visitor.OpenAsync(conversationId);

        await Expect(visitor.Heading).ToHaveTextAsync(startup.DisplayName);
        await visitor.SendAsync("Back again");
        await Expect(visitor.SentMark("Back again")).ToBeAttachedAsync();
        exchanges.Count.ShouldBe(1);
        await visitor.OpenAsync(conversationId);
        exchanges.Count.ShouldBe(1, "What was exchanged is kept.");
    }

    /// <summary>Simulates plain HTTP, where browsers do not provide the lock that coordinates tabs.</summary>
    [LongFact]
    public async Task KeepTwoTabsOpen_WithoutALockBetweenThemLongerThanTheAccessTokenIsValid_GoesOnInBoth()
    {
        var server = await StartServerAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var here = await VisitAsync(investor);
        await here.Context.AddInitScriptAsync("Object.defineProperty(navigator, 'locks', { value: undefined })");
        await here.Context.Clock.InstallAsync();
        await here.OpenAsync(conversationId);
        var there = await here.OpenTabAsync();
        await there.OpenAsync(conversationId);

        // Both tabs have requested the exchange of the same token before either gets a response.
        var (asked, answer) = (new ConcurrentQueue<string?>(), new TaskCompletionSource());
        await here.Context.RouteAsync("**/api/auth/refresh", async route =>
        {
            asked.Enqueue(route.Request.PostData);
            if (asked.Count == 2)
                answer.SetResult();
            await answer.Task;
            await route.ContinueAsync();
        });
        await PassAsync(_tokenIsOver, server, here);

        foreach (var tab in (Visitor[])[here, there])
        {
            await tab.TurnToAsync();
            await tab.SendAsync($"From tab {(tab == here ? 1 : 2)}");
        }

        await Expect(here.SentMark("From tab 2")).ToBeAttachedAsync();
        await Expect(there.SentMark("From tab 1")).ToBeAttachedAsync();
        asked.Take(2).Distinct().Count().ShouldBe(1);
        await Expect(here.Heading).ToHaveTextAsync(startup.DisplayName);
        await there.ReloadAsync();
        await Expect(there.Heading).ToHaveTextAsync(startup.DisplayName);
    }

    private static string SignInFor(string to) => $"/sign-in?to={Uri.EscapeDataString(to)}";

    /// <summary>
    /// Delays the response to the log-out until the page has ended its session. The server closes the connections before it responds, and
    /// the page may notice this later.
    /// </summary>
    private static async Task DelayLogOutUntilTheSessionHasEndedAsync(Visitor visitor) =>
        await visitor.Page.RouteAsync("**/api/auth/logout", async route =>
    {
        var answer = await route.FetchAsync();
        await Eventually.TrueAsync(
            async () =>
                !await visitor.Page.EvaluateAsync<bool>("'cleanmessaging:credentials' in localStorage"), "The session does not end.");
        await route.FulfillAsync(new() { Response = answer });
    });

    private static async Task ShouldHaveLeftNothingAsync(Visitor visitor)
    {
        await Expect(visitor.Heading).ToHaveTextAsync("Sign in");
        await Eventually.TrueAsync(
            async () => await visitor.Page.EvaluateAsync<int>("localStorage.length") == 0, "Something is left in the browser.");
    }

    private static ConcurrentQueue<IRequest> CountExchanges(Visitor visitor)
    {
        var exchanges = new ConcurrentQueue<IRequest>();
        visitor.Context.Request += (_, request) =>
        {
            if (request.Url.EndsWith("/api/auth/refresh", StringComparison.Ordinal))
                exchanges.Enqueue(request);
        };

        return exchanges;
    }
}
