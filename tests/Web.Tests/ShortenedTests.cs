namespace CleanMessaging.Web.Tests;

public sealed class ShortenedTests
{
    /// <summary>Names the shortened tests of this project in the report of a short run.</summary>
    [Fact]
    public void Sizes_InAThoroughRun_AreTheFullOnes() => Thorough.SkipUnlessOn(AxeSurvey.Views);
}
