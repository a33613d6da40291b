namespace CleanMessaging.Api.Tests;

public sealed class Probe
{
    [Fact]
    public void Runs() => true.ShouldBeTrue();
}
