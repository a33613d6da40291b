namespace CleanMessaging.Domain.Tests;

public sealed class Probe
{
    [Fact]
    public void Runs() => true.ShouldBeTrue();
}
