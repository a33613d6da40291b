using System.Globalization;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>What processes have computed so far, from the operating system: steadier than throughput where a machine is shared. Linux alone.</summary>
internal static class CpuMeter
{
    private const double TicksPerSecond = 100;

    /// <summary>CPU time of one process.</summary>
    public static TimeSpan OfProcess(int processId) => Read(processId) is { } read ? read.Own : TimeSpan.Zero;

    /// <summary>CPU time of a process and all its children, those that have ended among them.</summary>
    public static TimeSpan OfFamily(int processId)
    {
        var total = Read(processId) is { } parent ? parent.Own + parent.Ended : TimeSpan.Zero;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Read(id) is { } child && child.Parent == processId)
                total += child.Own;
        }

        return total;
    }

    private static (int Parent, TimeSpan Own, TimeSpan Ended)? Read(int processId)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{processId}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');

            return (int.Parse(fields[1], CultureInfo.InvariantCulture), Time(fields[11], fields[12]), Time(fields[13], fields[14]));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static TimeSpan Time(string user, string system) =>
        TimeSpan.FromSeconds((long.Parse(user, CultureInfo.InvariantCulture) + long.Parse(system, CultureInfo.InvariantCulture)) / TicksPerSecond);
}
