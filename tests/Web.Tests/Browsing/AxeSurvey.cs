using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;

namespace CleanMessaging.Web.Tests.Browsing;

/// <summary>Checks a page with axe in the light and dark theme, on desktop and phone, and records every violation.</summary>
internal sealed class AxeSurvey(Visitor visitor)
{
    private static readonly AxeRunOptions _options = new()
    {
        RunOnly = RunOnlyOptions.Tags("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"),
    };

    private readonly List<string> _faults = [];

    /// <param name="what">A description of the page's current content.</param>
    public async Task LookAtAsync(string what)
    {
        foreach (var device in (Device[])[Device.Phone, Device.Desktop])
        {
            await visitor.Page.SetViewportSizeAsync(device.Width, device.Height);
            foreach (var theme in (ColorScheme[])[ColorScheme.Dark, ColorScheme.Light])
            {
                await visitor.Page.EmulateMediaAsync(new() { ColorScheme = theme });
                var result = await RunAsync();
                result.Passes.Length.ShouldBeGreaterThan(10, what);
                _faults.AddRange(
                    from violation in result.Violations
                    from node in violation.Nodes
                    select $"{what}, {theme}, {device}: {violation.Id} ({violation.Impact}), {violation.Help}: {node.Html}");
            }
        }
    }

    public void ShouldHaveFoundNothing() => _faults.ShouldBeEmpty();

    /// <summary>
    /// Uses an obsolete method, which does not support frames well; the pages have no frames. Its replacement opens a new page each time and takes
    /// ten times as long.
    /// </summary>
    private async Task<AxeResult> RunAsync()
    {
#pragma warning disable CS0618
        return await visitor.Page.Locator(":root").RunAxeLegacy(_options);
#pragma warning restore CS0618
    }
}
