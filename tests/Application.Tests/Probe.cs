namespace CleanMessaging.Application.Tests;

public sealed class Probe
{
    [Fact]
    public void Runs() => true.ShouldBeTrue();
}
