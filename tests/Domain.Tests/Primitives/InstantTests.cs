using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Tests.Primitives;

public sealed class InstantTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(9, 0)]
    [InlineData(10, 10)]
    [InlineData(11, 10)]
    public void ToStored_OfTicks_CutsToWholeMicroseconds(int ticks, int expectedTicks) =>
        Given.Noon.AddTicks(ticks).ToStored().ShouldBe(Given.Noon.AddTicks(expectedTicks));

    [Fact]
    public void ToStored_OfAnotherOffset_IsTheSameInstantInUtc()
    {
        var stored = new DateTimeOffset(2026, 3, 10, 17, 30, 0, TimeSpan.FromMinutes(330)).ToStored();

        stored.Offset.ShouldBe(TimeSpan.Zero);
        stored.ShouldBe(Given.Noon);
    }
}
