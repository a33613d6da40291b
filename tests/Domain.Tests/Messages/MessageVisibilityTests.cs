using CleanMessaging.Domain.Messages;
using CsCheck;

namespace CleanMessaging.Domain.Tests.Messages;

public sealed class MessageVisibilityTests
{
    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void IsVisibleAt_AroundExpiresAt_IsFalseAtTheInstantItself(int microseconds, bool expected)
    {
        var message = Sending.ByInvestor().Send(Given.Instant("2026-03-10T12:00:01Z"), expirationHours: 1);
        var now = Given.Instant("2026-03-10T13:00:01Z").AddMicroseconds(microseconds);

        message.IsVisibleAt(now).ShouldBe(expected);
        VisibleAt(message, now).ShouldBe(expected);
    }

    [Theory]
    [InlineData("2026-03-10T12:00:01Z")]
    [InlineData("2027-03-10T12:00:01Z")]
    [InlineData("9999-12-31T23:59:59.999999Z")]
    public void IsVisibleAt_WithoutExpiration_IsVisibleForEver(string now)
    {
        var message = Sending.ByInvestor().Send(Given.Instant("2026-03-10T12:00:01Z"));

        message.IsVisibleAt(Given.Instant(now)).ShouldBeTrue();
        VisibleAt(message, Given.Instant(now)).ShouldBeTrue();
    }

    [Fact]
    public void IsVisibleAt_InAnotherOffset_ComparesInstants()
    {
        var message = Sending.ByInvestor().Send(Given.Instant("2026-03-10T12:00:01Z"), expirationHours: 1);
        var gone = new DateTimeOffset(2026, 3, 10, 8, 0, 1, TimeSpan.FromHours(-5));

        message.IsVisibleAt(gone).ShouldBeFalse();
        VisibleAt(message, gone).ShouldBeFalse();
    }

    [Fact]
    public void VisibleAt_AtAnyTime_AgreesWithIsVisibleAtAndWithArithmetic()
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

                return message.IsVisibleAt(now) == expected && VisibleAt(message, now) == expected;
            },
            iter: 1_000);
    }

    private static bool VisibleAt(Message message, DateTimeOffset now) => new[] { message }.AsQueryable().Any(Message.VisibleAt(now));
}
