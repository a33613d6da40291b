namespace CleanMessaging.Web.Tests.Accounts;

public sealed class ThemeChoiceTests(Stage stage) : WebTests(stage)
{
    [LongFact]
    public async Task ChooseTheme_OtherThanTheSystems_AppliesAtOnceAndAfterAReload()
    {
        var visitor = await VisitAsync(await Server.RegisterInvestorAsync());
        await visitor.GoAsync("/account");
        await ShouldBeAsync(visitor, isDark: false);

        await visitor.Page.GetByRole(AriaRole.Radio, new() { Name = "Dark" }).CheckAsync();
        await ShouldBeAsync(visitor, isDark: true);
        await visitor.ReloadAsync();
        await ShouldBeAsync(visitor, isDark: true);
        await Expect(visitor.Page.GetByRole(AriaRole.Radio, new() { Name = "Dark" })).ToBeCheckedAsync();

        await visitor.Page.GetByRole(AriaRole.Radio, new() { Name = "System" }).CheckAsync();
        await ShouldBeAsync(visitor, isDark: false);
        await visitor.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await ShouldBeAsync(visitor, isDark: true);
    }

    private static Task ShouldBeAsync(Visitor visitor, bool isDark) =>
        Eventually.TrueAsync(
            async () => await LightnessAsync(visitor) is var lightness && (isDark ? lightness < 0.2 : lightness > 0.8),
            isDark ? "dark" : "light");

    /// <summary>Returns the lightness of the page's background: 0 is black, 1 is white.</summary>
    private static Task<double> LightnessAsync(Visitor visitor) => visitor.Page.EvaluateAsync<double>(
        "() => { const color = getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3); return color.reduce((sum, part) => sum + Number(part), 0) / 765; }");
}
