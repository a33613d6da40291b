using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;

namespace CleanMessaging.Web.Tests.Browsing;

/// <summary>Looks with axe at what a page shows, in light and dark, at a desk and on a phone, and remembers every fault.</summary>
internal sealed class AxeSurvey(Visitor visitor)
{
    private static readonly AxeRunOptions _options = new()
    {
        RunOnly = RunOnlyOptions.Tags("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"),
    };

    private readonly List<string> _faults = [];

    /// <param name="what">What the page shows now.</param>
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
    /// Obsolete because it does not look well into frames, of which there are none; the other way opens a page of its own each time, and
    /// takes ten times as long.
    /// </summary>
    private async Task<AxeResult> RunAsync()
    {
#pragma warning disable CS0618
        return await visitor.Page.Locator(":root").RunAxeLegacy(_options);
#pragma warning restore CS0618
    }
}
