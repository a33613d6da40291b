using CleanMessaging.Api.Tests.Attachments.Inspection;
using CleanMessaging.Api.Tests.Messages.Model;
using CleanMessaging.Api.Tests.Persistence;
using CleanMessaging.Api.Tests.Realtime;
using CleanMessaging.Api.Tests.Wallets;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests;

public sealed class ShortenedTests
{
    /// <summary>Names the shortened tests of this project in the report of a short run.</summary>
    [Fact]
    public void Sizes_InAThoroughRun_AreTheFullOnes() => Thorough.SkipUnlessOn(
        SendPathTests.Histories,
        DeadlockTests.Seconds,
        VerifyLedgerTests.Walks,
        VerifyLedgerTests.Damages,
        FollowingTests.Cuts,
        MessageModelTests.Histories,
        MessageModelTests.Recoveries,
        HostileImageTests.Cuts,
        HostileImageTests.Damages,
        VoiceRecordingTests.Damages);
}
