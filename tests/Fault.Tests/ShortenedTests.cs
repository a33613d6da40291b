using CleanMessaging.Fault.Tests.Attachments;
using CleanMessaging.Fault.Tests.ManyServers;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests;

public sealed class ShortenedTests
{
    /// <summary>Names the shortened tests of this project in the report of a short run.</summary>
    [Fact]
    public void Sizes_InAThoroughRun_AreTheFullOnes() => Thorough.SkipUnlessOn(
        ClientFaultTests.Departures,
        DatabaseFaultTests.Stops,
        DatabaseFaultTests.Terminations,
        DatabaseFaultTests.Cuts,
        DatabaseFaultTests.Rounds,
        ServerFaultTests.Kills,
        RedisOutageTests.Requests,
        KilledUploadTests.Kills);
}
