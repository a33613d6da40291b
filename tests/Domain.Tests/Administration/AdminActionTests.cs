using CleanMessaging.Domain.Administration;

namespace CleanMessaging.Domain.Tests.Administration;

public sealed class AdminActionTests
{
    [Fact]
    public void OfPurge_WithAReason_RecordsWhoPurgedWhatAndWhy()
    {
        var before = new DateTimeOffset(2026, 1, 1, 2, 0, 0, TimeSpan.FromHours(2)).AddTicks(25);

        var action = AdminAction.OfPurge(Given.AdminId, before, 7, "Retention period", Given.Noon.AddTicks(5));

        action.At.ShouldBe(Given.Noon);
        action.ActorId.ShouldBe(Given.AdminId.Value);
        (action.Action, action.Subject, action.Count, action.Reason)
            .ShouldBe(("purgeExpiredMessages", "2026-01-01T00:00:00.000002Z", 7, "Retention period"));
        action.Id.ToString().ShouldStartWith(Guid.CreateVersion7(Given.Noon).ToString()[..13]);
    }

    [Fact]
    public void OfPurge_WithAReasonOfALength_AcceptsUpTo500Characters()
    {
        AdminAction.OfPurge(Given.AdminId, Given.Noon, 1, string.Concat(Enumerable.Repeat("😀", 500)), Given.Noon).Reason.Length.ShouldBe(1000);
        foreach (var reason in new[] { "", " \u200B", new string('x', 501), "a\0b", "a\uD800" })
        {
            ThrownError.CodeOf(() => AdminAction.OfPurge(Given.AdminId, Given.Noon, 1, reason, Given.Noon))
                .ShouldBe("retention.invalid_reason");
        }
    }

    [Fact]
    public void OfPurge_OfNoMessage_IsNotRecorded() =>
        Should.Throw<ArgumentOutOfRangeException>(() => AdminAction.OfPurge(Given.AdminId, Given.Noon, 0, "Reason", Given.Noon));
}
