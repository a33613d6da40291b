using System.Text;

namespace CleanMessaging.Domain.Text;

/// <summary>A set of code points.</summary>
/// <param name="ranges">In ascending order; both ends belong to a range.</param>
internal readonly struct CodePoints(params (int First, int Last)[] ranges)
{
    public bool Contains(Rune rune)
    {
        foreach (var (first, last) in ranges)
        {
            if (rune.Value <= last)
                return rune.Value >= first;
        }

        return false;
    }
}
