using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;

namespace CleanMessaging.Web.Tests.Browsing;

/// <summary>
/// Checks a page with axe and records every violation. A thorough run checks each theme on each device, another run each theme and each
/// device once.
/// </summary>
internal sealed class AxeSurvey(Visitor visitor)
{
    private static readonly AxeRunOptions _options = new()
    {
        RunOnly = RunOnlyOptions.Tags("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"),
    };

    internal static readonly TestSize Views = new(2, 4, "combinations of theme and width for accessibility");

    private static readonly (Device Device, ColorScheme Theme)[] _views =
    [
        (Device.Phone, ColorScheme.Dark),
        (Device.Desktop, ColorScheme.Light),
        (Device.Phone, ColorScheme.Light),
        (Device.Desktop, ColorScheme.Dark),
    ];

    private readonly List<string> _faults = [];

    /// <param name="what">A description of the page's current content.</param>
    public async Task LookAtAsync(string what)
    {
        foreach (var (device, theme) in _views.Take(Views.Value))
        {
            await visitor.Page.SetViewportSizeAsync(device.Width, device.Height);
            await visitor.Page.EmulateMediaAsync(new() { ColorScheme = theme });
            var result = await RunAsync();
            result.Passes.Length.ShouldBeGreaterThan(10, what);
            _faults.AddRange(
                from violation in result.Violations
                from node in violation.Nodes
                select $"{what}, {theme}, {device}: {violation.Id} ({violation.Impact}), {violation.Help}: {node.Html}");
        }
    }

    public void ShouldHaveFoundNothing() => _faults.ShouldBeEmpty();

    /// <summary>
    /// Uses an obsolete method, which does not support frames well; the pages have no frames. Its replacement opens a new page each time
    /// and takes ten times as long.
    /// </summary>
    private async Task<AxeResult> RunAsync()
    {
#pragma warning disable CS0618
        return await visitor.Page.Locator(":root").RunAxeLegacy(_options);
#pragma warning restore CS0618
    }
}
