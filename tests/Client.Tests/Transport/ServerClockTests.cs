using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Client.Tests.Transport;

public sealed class ServerClockTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly TwoClocks _local = new();
    private readonly ServerClock _clock;

    public ServerClockTests() => _clock = new ServerClock(_local);

    private DateTimeOffset ServerNow => Given.Noon + _local.Measured;

    [Fact]
    public void Now_BeforeAnyAnswer_IsTheLocalTime()
    {
        _clock.Now.ShouldBe(_local.GetUtcNow());
        _clock.IsExact.ShouldBeFalse();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-3)]
    [InlineData(0)]
    public void Now_AfterAResponse_IsTheServersForAnyLocalClock(int hoursWrong)
    {
        _local.SetShown(Given.Noon.AddHours(hoursWrong));

        Answer(roundTrip: TimeSpan.FromMilliseconds(100));
        _local.Pass(TimeSpan.FromHours(1));

        (_clock.Now - ServerNow).Duration().ShouldBeLessThanOrEqualTo(TimeSpan.FromMilliseconds(50));
        _clock.IsExact.ShouldBeTrue();
    }

    [Fact]
    public void AddReading_OfAFasterResponse_IsMoreExact()
    {
        Answer(roundTrip: TimeSpan.FromSeconds(2), answeredAfter: TimeSpan.Zero);
        (ServerNow - _clock.Now).ShouldBe(_second);

        Answer(roundTrip: TimeSpan.FromMilliseconds(20), answeredAfter: TimeSpan.Zero);

        (ServerNow - _clock.Now).ShouldBe(TimeSpan.FromMilliseconds(10));
    }

    [Fact]
    public void AddReading_OfASlowerResponse_ChangesNothingUntilTheFasterOneIsOld()
    {
        Answer(roundTrip: TimeSpan.FromMilliseconds(20), answeredAfter: TimeSpan.Zero);

        Answer(roundTrip: TimeSpan.FromMilliseconds(200), answeredAfter: TimeSpan.Zero);
        (ServerNow - _clock.Now).ShouldBe(TimeSpan.FromMilliseconds(10));

        _local.Pass(TimeSpan.FromHours(1));
        Answer(roundTrip: TimeSpan.FromMilliseconds(200), answeredAfter: TimeSpan.Zero);
        (ServerNow - _clock.Now).ShouldBe(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void Now_AfterTheLocalClockWasSetBack_GoesOn()
    {
        Answer(roundTrip: TimeSpan.Zero);

        _local.SetShown(_local.GetUtcNow().AddHours(-3));
        _local.Pass(_second);

        _clock.Now.ShouldBe(ServerNow);
    }

    [Fact]
    public void Now_AfterTheMachineSlept_HasSleptToo()
    {
        Answer(roundTrip: TimeSpan.Zero);

        // During sleep the monotonic clock stands still; the wall clock does not.
        _local.SetShown(_local.GetUtcNow().AddHours(8));

        _clock.Now.ShouldBe(ServerNow.AddHours(8));
    }

    [Fact]
    public void AddReading_AfterTheLocalClockWasSetAhead_IsBelievedAndSaid()
    {
        var said = 0;
        _clock.WasAhead += () => said++;
        Answer(roundTrip: TimeSpan.FromMilliseconds(20));
        _local.SetShown(_local.GetUtcNow().AddHours(3));

        Answer(roundTrip: TimeSpan.FromMilliseconds(500));

        (_clock.Now - ServerNow).Duration().ShouldBeLessThanOrEqualTo(TimeSpan.FromMilliseconds(250));
        said.ShouldBe(1);
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(-3, 0)]
    public void AddReading_OfTheFirstAnswer_SaysWhetherTheLocalTimeWasAhead(int hoursWrong, int times)
    {
        var said = 0;
        _clock.WasAhead += () => said++;
        _local.SetShown(Given.Noon.AddHours(hoursWrong));

        Answer(roundTrip: TimeSpan.Zero);
        Answer(roundTrip: TimeSpan.Zero);

        said.ShouldBe(times);
    }

    [Fact]
    public void AddDateReading_UntilSomethingBetterComes_IsRightToAboutASecond()
    {
        _local.SetShown(Given.Noon.AddHours(3));

        _clock.AddDateReading(Given.Noon, _local.GetTimestamp());
        _clock.Now.ShouldBe(ServerNow.AddMilliseconds(500));
        _clock.IsExact.ShouldBeFalse();

        Answer(roundTrip: TimeSpan.FromSeconds(4), answeredAfter: TimeSpan.FromSeconds(2));
        _clock.Now.ShouldBe(ServerNow);
        _clock.IsExact.ShouldBeTrue();
    }

    [Fact]
    public void AddDateReading_OfAProxyWithAWrongClock_ChangesNothingOnceTheServerHasAnswered()
    {
        Answer(roundTrip: TimeSpan.Zero);

        _clock.AddDateReading(ServerNow.AddHours(5), _local.GetTimestamp());

        _clock.Now.ShouldBe(ServerNow);
    }

    [Fact]
    public void AddDateReading_AfterTheLocalClockWasSetAhead_IsBetterThanNothing()
    {
        Answer(roundTrip: TimeSpan.Zero);
        _local.SetShown(_local.GetUtcNow().AddHours(3));

        _clock.AddDateReading(ServerNow, _local.GetTimestamp());

        _clock.Now.ShouldBe(ServerNow.AddMilliseconds(500));
    }

    /// <summary>Simulates a response of the server; by default the server answers in the middle of the round trip.</summary>
    private void Answer(TimeSpan roundTrip, TimeSpan? answeredAfter = null)
    {
        var requestedAt = _local.GetTimestamp();
        var thinking = answeredAfter ?? roundTrip / 2;
        _local.Pass(thinking);
        var serverTime = ServerNow;
        _local.Pass(roundTrip - thinking);
        _clock.AddReading(serverTime, requestedAt);
    }

    /// <summary>A time provider whose wall clock can be set independently of its monotonic clock.</summary>
    private sealed class TwoClocks : FakeTimeProvider
    {
        private TimeSpan _ahead;

        public TwoClocks()
            : base(Given.Noon)
        {
        }

        public TimeSpan Measured => base.GetUtcNow() - Given.Noon;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

        public override long GetTimestamp() => base.GetUtcNow().Ticks;

        public void SetShown(DateTimeOffset shown) => _ahead = shown - base.GetUtcNow();

        public void Pass(TimeSpan time)
        {
            if (time > TimeSpan.Zero)
                Advance(time);
        }
    }
}
