using System.Globalization;

namespace CleanMessaging.Tests.Support;

/// <summary>A number that is smaller in the short form of a test, for example a number of requests.</summary>
/// <param name="Usual">The number in a short run.</param>
/// <param name="Full">The number in a thorough run.</param>
/// <param name="Unit">What is counted, for the report of a short run.</param>
public sealed record TestSize(int Usual, int Full, string Unit)
{
    /// <summary>The number in this run.</summary>
    public int Value => Thorough.IsOn ? Full : Usual;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Usual:N0} of {Full:N0} {Unit}");
}
