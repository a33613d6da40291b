using CleanMessaging.Domain.Retention;

namespace CleanMessaging.Domain.Tests.Retention;

public sealed class RetentionPolicyTests
{
    [Theory]
    [InlineData(30, 0, true)]
    [InlineData(30, 1, false)]
    [InlineData(0, 0, true)]
    [InlineData(0, 1, false)]
    [InlineData(3650, 0, true)]
    public void EnsurePurgeable_AroundTheTimeToKeep_RejectsLaterTimes(int days, int microseconds, bool isPurgeable)
    {
        var policy = new RetentionPolicy(ExpiredContent.Retain, TimeSpan.FromDays(days));
        var latest = Given.Noon.AddDays(-days);
        var before = latest.AddMicroseconds(microseconds);

        if (isPurgeable)
        {
            Should.NotThrow(() => policy.EnsurePurgeable(before, Given.Noon));
            return;
        }

        var error = ThrownError.Of(() => policy.EnsurePurgeable(before, Given.Noon));
        error.Code.ShouldBe("retention.too_recent");
        error.ShouldHaveDetails(("latest", latest));
    }

    [Fact]
    public void Default_Always_RetainsContentsAndKeepsThemFor30Days() =>
        RetentionPolicy.Default.ShouldBe(new RetentionPolicy(ExpiredContent.Retain, TimeSpan.FromDays(30)));
}
