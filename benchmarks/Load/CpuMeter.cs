using System.Globalization;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>
/// Reads the CPU time of processes from the operating system. On a shared machine CPU time varies less than throughput. Works only on
/// Linux.
/// </summary>
internal static class CpuMeter
{
    private const double TicksPerSecond = 100;

    /// <summary>Returns the CPU time of one process.</summary>
    public static TimeSpan OfProcess(int processId) => Read(processId) is { } read ? read.Own : TimeSpan.Zero;

    /// <summary>Returns the CPU time of a process and all its children, including those that have exited.</summary>
    public static TimeSpan OfFamily(int processId)
    {
        var total = Read(processId) is { } parent ? parent.Own + parent.Ended : TimeSpan.Zero;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && Read(id) is { } child
                && child.Parent == processId)
            {
                total += child.Own;
            }
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
        TimeSpan.FromSeconds(
            (long.Parse(user, CultureInfo.InvariantCulture) + long.Parse(system, CultureInfo.InvariantCulture)) / TicksPerSecond);
}
