using System.Globalization;

namespace CleanMessaging.Tests.Support;

/// <summary>
/// Suspends a process and its children, as on a machine that swaps or loses its disk. Connections stay open without responses. Disposing it
/// resumes them.
/// </summary>
public sealed class FrozenProcesses : IAsyncDisposable
{
    private IReadOnlyList<int> _frozen = [];

    public static async Task<FrozenProcesses> FreezeAsync(int processId)
    {
        var processes = new FrozenProcesses { _frozen = [processId] };
        await Signal.SendAsync(processId, Signal.Stop);

        // Only now, when the suspended process can create no more children.
        processes._frozen = [processId, .. ChildrenOf(processId)];
        foreach (var child in processes._frozen.Skip(1))
            await Signal.SendAsync(child, Signal.Stop);

        return processes;
    }

    /// <summary>Kills the processes whose command line contains a text. Data that they have received but not read is lost.</summary>
    public async Task KillAsync(string text)
    {
        var victims = _frozen.Where(
            processId => File.ReadAllText($"/proc/{processId}/cmdline").Contains(text, StringComparison.Ordinal)).ToList();
        victims.ShouldNotBeEmpty(text);
        foreach (var victim in victims)
            await Signal.SendAsync(victim, Signal.Kill);

        _frozen = [.. _frozen.Except(victims)];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var processId in _frozen.Reverse())
            await Signal.SendAsync(processId, Signal.Continue);

        _frozen = [];
    }

    private static IEnumerable<int> ChildrenOf(int processId) =>
        File.ReadAllText($"/proc/{processId}/task/{processId}/children")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture));
}
