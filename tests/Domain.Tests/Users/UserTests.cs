using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Domain.Tests.Users;

public sealed class UserTests
{
    [Fact]
    public void EnsureMayDeactivate_AnotherUser_Passes() =>
        Should.NotThrow(() => User.EnsureMayDeactivate(new UserId(Given.Investor.Id), new UserId(Given.Startup.Id)));

    [Fact]
    public void EnsureMayDeactivate_Oneself_IsRejected() =>
        ThrownError.Of(() => User.EnsureMayDeactivate(new UserId(Given.Investor.Id), new UserId(Given.Investor.Id))).Code.ShouldBe("user.deactivating_self");
}
