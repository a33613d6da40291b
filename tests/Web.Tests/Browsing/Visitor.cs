using System.Text.Json;

namespace CleanMessaging.Web.Tests.Browsing;

/// <summary>A user with their own browser and separate storage. Its methods are named after what the user does and sees.</summary>
internal sealed class Visitor
{
    private readonly PageWatch _watch;

    private Visitor(IBrowserContext context, IPage page, PageWatch watch)
    {
        Context = context;
        Page = page;
        _watch = watch;
    }

    public IBrowserContext Context { get; }

    public IPage Page { get; }

    /// <summary>Opens a browser that has not loaded a page yet.</summary>
    /// <param name="session">The server's response to a log-in, for a user who has signed in before; null for a user who has not.</param>
    public static async Task<Visitor> ArriveAsync(IBrowser browser, Uri server, JsonElement? session, Device device)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = server.ToString(),
            ColorScheme = ColorScheme.Light,
            HasTouch = device.IsTouched,
            IsMobile = device.IsTouched,
            Locale = "en-GB",
            ReducedMotion = ReducedMotion.Reduce,
            StorageState = session is { } kept ? StorageOf(server, kept) : null,
            TimezoneId = "Etc/UTC",
            ViewportSize = new ViewportSize { Width = device.Width, Height = device.Height },
        });
        var watch = await PageWatch.OverAsync(context, server);

        return new Visitor(context, await context.NewPageAsync(), watch);
    }

    /// <summary>Opens another tab of the same browser with shared storage; it has not loaded a page yet.</summary>
    public async Task<Visitor> OpenTabAsync() => new(Context, await Context.NewPageAsync(), _watch);

    /// <summary>
    /// Brings this tab to the front, as a user does before a click. The browser draws background tabs only once a second.
    /// </summary>
    public Task TurnToAsync() => Page.BringToFrontAsync();

    /// <summary>The heading of the page; it does not exist while the application loads.</summary>
    public ILocator Heading => Page.Locator("main:not(.boot)").GetByRole(AriaRole.Heading, new() { Level = 1 });

    public ILocator Log => Page.GetByRole(AriaRole.Log, new() { Name = "Messages" });

    public ILocator MessageField => Page.GetByRole(AriaRole.Textbox, new() { Name = "Message", Exact = true });

    /// <summary>The line of the open conversation that shows who is typing.</summary>
    public ILocator TypingLine => Page.Locator("p.typing");

    public ILocator SendButton => Page.GetByRole(AriaRole.Button, new() { Name = "Send", Exact = true });

    public ILocator Conversations => Page.GetByRole(AriaRole.List, new() { Name = "Conversations" }).GetByRole(AriaRole.Link);

    public ILocator QuotaNotice => Page.GetByRole(AriaRole.Region, new() { Name = "Free messages" });

    /// <summary>The error message of the page.</summary>
    public ILocator Alert => Page.GetByRole(AriaRole.Alert);

    /// <summary>Returns the row of a message, found by its unique text.</summary>
    public ILocator Message(string text) => Log.GetByRole(AriaRole.Listitem).Filter(new() { HasText = text });

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Field(string label) => Page.GetByRole(AriaRole.Textbox, new() { Name = label, Exact = true });

    /// <summary>Returns a password field, which has no ARIA role.</summary>
    public ILocator PasswordField(string label) => Page.GetByLabel(label, new() { Exact = true });

    public ILocator Dialog(string title) => Page.GetByRole(AriaRole.Dialog, new() { Name = title });

    /// <summary>The mark of a message that the server has stored.</summary>
    public ILocator SentMark(string text) => Message(text).GetByText("Sent", new() { Exact = true });

    /// <summary>Returns the list entry of a conversation.</summary>
    public ILocator ConversationWith(TestUser other) => Conversations.Filter(new() { HasText = other.DisplayName });

    /// <summary>Loads a page of the application, and returns when it shows its own content.</summary>
    public async Task GoAsync(string address)
    {
        await Page.GotoAsync(address);
        await ShouldBeStartedAsync();
    }

    /// <summary>Loads the page of a conversation, and returns when its messages are shown.</summary>
    public async Task OpenAsync(Guid conversationId)
    {
        await GoAsync($"/messages/{conversationId}");
        await ShouldBeLoadedAsync();
    }

    public async Task ReloadAsync()
    {
        await Page.ReloadAsync();
        await ShouldBeStartedAsync();
    }

    /// <summary>Navigates to another page within the application.</summary>
    /// <param name="place">The name of the link in the main navigation.</param>
    public Task FollowAsync(string place) =>
        Page
            .GetByRole(AriaRole.Navigation, new() { Name = "Main" })
            .GetByRole(AriaRole.Link, new() { Name = place, Exact = true })
            .ClickAsync();

    /// <summary>Waits until the messages of the conversation are shown.</summary>
    public Task ShouldBeLoadedAsync() =>
        Expect(Log.GetByText("beginning of your conversation").Or(Button("Load earlier messages"))).ToBeAttachedAsync();

    /// <summary>Fills in the current page without waiting for the result.</summary>
    public async Task SignInAsync(string email, string password)
    {
        await Field("E-mail").FillAsync(email);
        await PasswordField("Password").FillAsync(password);
        await Button("Sign in").ClickAsync();
    }

    /// <summary>
    /// Clicks "Sign out" on the page of the account. The server revokes the sign-in before it answers, and can then reject requests and the
    /// live connection of every tab.
    /// </summary>
    public async Task SignOutAsync()
    {
        Allow("status of 401|/hubs/messaging");
        await Button("Sign out").ClickAsync();
    }

    public async Task SendAsync(string text)
    {
        await MessageField.FillAsync(text);
        await SendButton.ClickAsync();
    }

    /// <summary>Makes the page show a warning, as for a conversation with more messages than it shows initially.</summary>
    public async Task BeWarnedAsync()
    {
        Allow("status of 503");
        await Page.RouteAsync("**/api/messages?*before=*", route => route.FulfillAsync(new() { Status = 503 }));
        await Log.EvaluateAsync("log => log.scrollTop = 0");
        await Expect(Alert.Filter(new() { HasText = "Earlier messages could not be loaded." })).ToBeVisibleAsync();
    }

    /// <summary>Verifies a ledger with the given number of differences.</summary>
    public async Task FindDifferencesAsync(int count)
    {
        var differences = Enumerable.Range(0, count)
            .Select(_ => new { kind = "balance", subjectId = Guid.CreateVersion7(), expected = 1, actual = 2 });
        var ledger =
            new { consistent = false, wallets = 200, transactions = 300, messages = 250, reversals = 2, totalBalance = 400, differences };
        var answer = new { success = true, data = ledger, page = new { nextCursor = (string?)null } };
        await Page.RouteAsync("**/api/admin/wallets/verify", route => route.FulfillAsync(new() { Json = answer }));
        await Button("Verify").ClickAsync();
        await Expect(Page.GetByRole(AriaRole.Region, new() { Name = "Differences" }).GetByRole(AriaRole.Row)).ToHaveCountAsync(1 + count);
    }

    /// <summary>
    /// Returns the Cumulative Layout Shift within the page since it was loaded, and the elements that moved. Excludes the shift of the
    /// whole page by the notice about a slow connection, which is not part of loading.
    /// </summary>
    public async Task<(double Sum, string What)> LayoutShiftAsync()
    {
        var shifts = await Page.EvaluateAsync<JsonElement>(
            """
            () => new Promise(resolve => {
                const shifts = [];
                const nameOf = node => node ? `${node.nodeName}.${node.className ?? ''}` : 'a removed node';
                const isNotice = ({ sources }) => sources.every(({ node }) => node?.classList?.contains('page'));
                const add = entries => entries.filter(entry => !isNotice(entry)).forEach(({ value, sources }) => shifts.push({
                    value,
                    what: sources.map(({ node, previousRect, currentRect }) => `${nameOf(node)} from ${previousRect.y} to ${currentRect.y}`).join(', '),
                }));
                const observer = new PerformanceObserver(list => add(list.getEntries()));
                observer.observe({ type: 'layout-shift', buffered: true });

                // Buffered entries and the shifts of the last frames arrive later.
                setTimeout(() => {
                    add(observer.takeRecords());
                    resolve(shifts);
                }, 300);
            })
            """);

        return (shifts.EnumerateArray().Sum(shift => shift.GetProperty("value").GetDouble()), shifts.ToString());
    }

    /// <inheritdoc cref="PageWatch.Allow" />
    public void Allow(string pattern) => _watch.Allow(pattern);

    /// <inheritdoc cref="PageWatch.ShouldHaveSeenNothing" />
    public void ShouldHaveSeenNothingWrong() => _watch.ShouldHaveSeenNothing();

    /// <summary>Waits until the application has loaded. It computes for a second, which takes longer on a busy machine.</summary>
    private Task ShouldBeStartedAsync() => Expect(Heading).ToBeVisibleAsync(new() { Timeout = 30_000 });

    /// <summary>The stored session, in the format in which the page keeps it across reloads.</summary>
    private static string StorageOf(Uri server, JsonElement session)
    {
        var kept = new { name = "cleanmessaging:credentials", value = session.GetRawText() };

        return JsonSerializer.Serialize(new
        {
            cookies = Array.Empty<object>(),
            origins = new[] { new { origin = server.GetLeftPart(UriPartial.Authority), localStorage = new[] { kept } } },
        });
    }
}
