namespace CleanMessaging.Web.Tests.Shell;

public sealed class LoadingTests(Stage stage) : WebTests(stage)
{
    private const long FirstLoadMax = 3_000_000;

    /// <summary>The transferred bytes including headers, and the decompressed bytes.</summary>
    private const string Sizes =
        """
        () => {
            const loaded = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
            const sum = size => loaded.reduce((sum, one) => sum + one[size], 0);
            return [sum('transferSize'), sum('decodedBodySize')];
        }
        """;

    [Fact]
    public async Task LoadPage_ForTheFirstTime_TransfersLessThanThreeMegabytesFromThisServerOnly()
    {
        var visitor = await VisitAsync();
        var asked = new List<Uri>();
        visitor.Context.Request += (_, request) => asked.Add(new Uri(request.Url));

        await visitor.GoAsync("/sign-in");

        var sizes = await visitor.Page.EvaluateAsync<long[]>(Sizes);
        TestContext.Current.TestOutputHelper?.WriteLine($"{sizes[0]} bytes in {asked.Count} requests, {sizes[1]} unpacked");
        sizes[0].ShouldBeInRange(500_000, FirstLoadMax);
        sizes[1].ShouldBeGreaterThan(2 * sizes[0]);
        asked.Count.ShouldBeGreaterThan(10);
        asked.ShouldAllBe(address => address.Authority == Server.Address.Authority);

        await visitor.ReloadAsync();
        (await visitor.Page.EvaluateAsync<long[]>(Sizes))[0].ShouldBeLessThan(20_000, "The second time it is all kept.");
    }

    [Fact]
    public async Task LoadPage_BeforeTheApplicationIsThere_SaysThatItIsLoading()
    {
        var visitor = await VisitAsync();
        var held = new TaskCompletionSource();
        await visitor.Page.RouteAsync("**/*.wasm", async route =>
        {
            await held.Task;
            await route.ContinueAsync();
        });

        await visitor.Page.GotoAsync("/sign-in");
        await Expect(visitor.Page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Loading CleanMessaging…");
        await Expect(visitor.Page.GetByRole(AriaRole.Status)).ToBeVisibleAsync();
        held.SetResult();

        await Expect(visitor.Heading).ToHaveTextAsync("Sign in");
        await Expect(visitor.Page.GetByText("Loading CleanMessaging…")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task LoadPage_AtAnAddressThatIsNone_SaysSoAndLeadsToTheMessages()
    {
        var visitor = await VisitAsync(await Server.RegisterInvestorAsync());
        visitor.Allow("status of 404");

        await visitor.GoAsync("/messages/not-an-id");
        await Expect(visitor.Heading).ToHaveTextAsync("Nothing here");
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Go to your messages" }).ClickAsync();

        await Expect(visitor.Page).ToHaveURLAsync(new Uri(Server.Address, "/messages").ToString());
    }

    [Fact]
    public async Task LoadPage_WhenItsFilesDoNotCome_SaysSoAndCanBeTriedAgain()
    {
        var visitor = await VisitAsync();
        visitor.Allow("[.]wasm|mono_download_assets|Failed to fetch|MONO_WASM|ERR_CONNECTION_REFUSED");
        await visitor.Page.RouteAsync("**/*.wasm", route => route.AbortAsync(RequestAbortErrorCode.ConnectionRefused));

        await visitor.Page.GotoAsync("/sign-in");
        await Expect(visitor.Alert).ToContainTextAsync(["CleanMessaging could not be loaded. Check your connection, then try again."]);
        await visitor.Page.UnrouteAllAsync();
        await visitor.Button("Try again").ClickAsync();

        await Expect(visitor.Heading).ToHaveTextAsync("Sign in");
    }
}
