using System.Text.Json;
using Deque.AxeCore.Commons;

namespace CleanMessaging.Web.Tests.Browsing;

/// <summary>
/// Checks a page with axe and records every violation. A thorough run checks each theme on each device, another run each theme and each
/// device once. The themes differ only in their colors, so a thorough run checks the other rules on each device in one theme.
/// </summary>
internal sealed class AxeSurvey(Visitor visitor)
{
    /// <summary>Script that returns the number of rules that found something to check and no violation, and a description of each violation.</summary>
    private const string Run =
        """
        async runOnly => {
            const { passes, incomplete, violations } = await axe.run(document, { runOnly, resultTypes: ['violations'] });
            const describe = ({ id, impact, help }, { html }) => `${id} (${impact}), ${help}: ${html}`;
            return { checked: passes.length + incomplete.length, violations: violations.flatMap(one => one.nodes.map(node => describe(one, node))) };
        }
        """;

    private static readonly string _axe = new BundledAxeScriptProvider().GetScript();

    private static readonly Rules _all = new("tag", ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], CheckedMin: 11);

    /// <summary>The rules of these tags that depend on colors.</summary>
    private static readonly Rules _colors = new("rule", ["color-contrast", "link-in-text-block"], CheckedMin: 1);

    internal static readonly TestSize Views = new(2, 4, "combinations of theme and width for accessibility");

    private static readonly (Device Device, ColorScheme Theme, Rules Rules)[] _views =
    [
        (Device.Phone, ColorScheme.Dark, _all),
        (Device.Desktop, ColorScheme.Light, _all),
        (Device.Phone, ColorScheme.Light, _colors),
        (Device.Desktop, ColorScheme.Dark, _colors),
    ];

    private readonly List<string> _faults = [];

    /// <param name="what">A description of the page's current content.</param>
    public async Task LookAtAsync(string what)
    {
        // The script stays in the page until it is loaded again.
        if (!await visitor.Page.EvaluateAsync<bool>("() => 'axe' in window"))
            await visitor.Page.EvaluateAsync(_axe);

        foreach (var (device, theme, rules) in _views.Take(Views.Value))
        {
            await visitor.Page.SetViewportSizeAsync(device.Width, device.Height);
            await visitor.Page.EmulateMediaAsync(new() { ColorScheme = theme });
            var result = await visitor.Page.EvaluateAsync<JsonElement>(Run, new { type = rules.Type, values = rules.Values });
            result.GetProperty("checked").GetInt32().ShouldBeGreaterThanOrEqualTo(rules.CheckedMin, what);
            foreach (var violation in result.GetProperty("violations").EnumerateArray())
                _faults.Add($"{what}, {theme}, {device}: {violation.GetString()}");
        }
    }

    public void ShouldHaveFoundNothing() => _faults.ShouldBeEmpty();

    /// <param name="Type">What the values are, as axe names it.</param>
    /// <param name="Values">The rules, or the tags of rules.</param>
    /// <param name="CheckedMin">The number of rules that find something to check on every page.</param>
    private sealed record Rules(string Type, string[] Values, int CheckedMin);
}
