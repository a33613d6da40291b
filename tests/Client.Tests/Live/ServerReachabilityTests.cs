using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests when first attempts wait, by the outcomes of attempts to connect and by the network of the device.</summary>
public sealed class ServerReachabilityTests
{
    private readonly FakeTimeProvider _time = new(Given.Noon);
    private readonly ServerReachability _reachability;
    private bool _hasNetwork = true;

    public ServerReachabilityTests() => _reachability = new ServerReachability(() => _hasNetwork, _time);

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void IsUnreachable_BeforeTheFirstOutcome_FollowsTheNetwork(bool hasNetwork, bool expected)
    {
        _hasNetwork = hasNetwork;

        _reachability.IsUnreachable.ShouldBe(expected);
    }

    [Fact]
    public void IsUnreachable_WhileConnectedWithoutAKnownNetwork_IsFalse()
    {
        _reachability.OnOffline(hasFailed: true);
        _hasNetwork = false;
        _reachability.OnConnecting();

        _reachability.OnConnected();

        _reachability.IsUnreachable.ShouldBeFalse();
    }

    [Fact]
    public void IsUnreachable_AfterAConnectionHasEnded_FollowsTheNetworkUntilAnAttemptFails()
    {
        _reachability.OnConnected();
        _reachability.OnOffline(hasFailed: false);
        _reachability.IsUnreachable.ShouldBeFalse();
        _hasNetwork = false;
        _reachability.IsUnreachable.ShouldBeTrue();
        _hasNetwork = true;

        _reachability.OnOffline(hasFailed: true);

        _reachability.IsUnreachable.ShouldBeTrue();
    }

    [Fact]
    public void IsUnreachable_AfterTheNetworkIsLostWhileConnecting_IsTrueUntilTheConnectionHasOutlastedIt()
    {
        _reachability.OnConnecting();
        _hasNetwork = false;

        _reachability.OnConnected();

        _reachability.IsUnreachable.ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(30));
        _reachability.IsUnreachable.ShouldBeFalse();
    }

    [Fact]
    public void IsUnreachable_AfterTheNetworkIsLostWhileConnected_IsTrueUntilTheConnectionHasOutlastedIt()
    {
        _reachability.OnConnected();
        _hasNetwork = false;
        _reachability.IsUnreachable.ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(29));
        _reachability.IsUnreachable.ShouldBeTrue();

        _time.Advance(TimeSpan.FromSeconds(1));

        _reachability.IsUnreachable.ShouldBeFalse();
    }

    [Fact]
    public void IsUnreachable_WhileAServerDrains_IsFalse()
    {
        _hasNetwork = false;

        _reachability.OnDraining();

        _reachability.IsUnreachable.ShouldBeFalse();
    }
}
