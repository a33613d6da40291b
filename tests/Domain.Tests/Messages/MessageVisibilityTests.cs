using CleanMessaging.Domain.Messages;
using CsCheck;

namespace CleanMessaging.Domain.Tests.Messages;

public sealed class MessageVisibilityTests
{
    private static readonly Guid _viewer = Guid.CreateVersion7();

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void IsVisibleTo_AroundExpiresAt_IsFalseAtTheInstantItself(int microseconds, bool expected)
    {
        var message = Sending.ByInvestor().Send(Given.Instant("2026-03-10T12:00:01Z"), expirationHours: 1);
        var now = Given.Instant("2026-03-10T13:00:01Z").AddMicroseconds(microseconds);

        message.IsVisibleTo(_viewer, now).ShouldBe(expected);
        VisibleTo(message, now).ShouldBe(expected);
    }

    [Theory]
    [InlineData("2026-03-10T12:00:01Z")]
    [InlineData("2027-03-10T12:00:01Z")]
    [InlineData("9999-12-31T23:59:59.999999Z")]
    public void IsVisibleTo_WithoutExpiration_IsAlwaysVisible(string now)
    {
        var message = Sending.ByInvestor().Send(Given.Instant("2026-03-10T12:00:01Z"));

        message.IsVisibleTo(_viewer, Given.Instant(now)).ShouldBeTrue();
        VisibleTo(message, Given.Instant(now)).ShouldBeTrue();
    }

    [Fact]
    public void IsVisibleTo_InAnotherOffset_ComparesInstants()
    {
        var message = Sending.ByInvestor().Send(Given.Instant("2026-03-10T12:00:01Z"), expirationHours: 1);
        var expiry = new DateTimeOffset(2026, 3, 10, 8, 0, 1, TimeSpan.FromHours(-5));

        message.IsVisibleTo(_viewer, expiry).ShouldBeFalse();
        VisibleTo(message, expiry).ShouldBeFalse();
    }

    [Fact]
    public void VisibleTo_AtAnyTime_AgreesWithIsVisibleToAndWithArithmetic()
    {
        var sentAt = Given.Instant("2026-03-10T12:00:01Z");
        var hours = Gen.Frequency((1, Gen.Const((int?)null)), (5, Gen.Int[1, 8760].Select(value => (int?)value)));
        var distance = Gen.OneOf(Gen.Long[-30, 30], Gen.Long[-9_000 * TimeSpan.TicksPerHour, 9_000 * TimeSpan.TicksPerHour]);

        hours.Select(distance).Sample(
            (expirationHours, ticksFromExpiry) =>
            {
                var message = Sending.ByInvestor().Send(sentAt, expirationHours: expirationHours);
                var now = sentAt.AddHours(expirationHours ?? 0).AddTicks(ticksFromExpiry);
                var expected = expirationHours is null || ticksFromExpiry < 0;

                return message.IsVisibleTo(_viewer, now) == expected && VisibleTo(message, now) == expected;
            },
            iter: 1_000);
    }

    private static bool VisibleTo(Message message, DateTimeOffset now) =>
        new[] { message }.AsQueryable().Any(MessageVisibility.VisibleTo(_viewer, now));
}
