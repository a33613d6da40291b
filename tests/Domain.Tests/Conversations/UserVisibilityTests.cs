using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Domain.Tests.Conversations;

public sealed class UserVisibilityTests
{
    private static readonly User _investor = Create(UserRole.Investor);
    private static readonly User _otherInvestor = Create(UserRole.Investor);
    private static readonly User _deactivatedInvestor = Create(UserRole.Investor, isDeactivated: true);
    private static readonly User _startup = Create(UserRole.Startup);
    private static readonly User _deactivatedStartup = Create(UserRole.Startup, isDeactivated: true);
    private static readonly User _admin = Create(UserRole.Admin);
    private static readonly User _otherAdmin = Create(UserRole.Admin);

    private static readonly User[] _all =
        [_investor, _otherInvestor, _deactivatedInvestor, _startup, _deactivatedStartup, _admin, _otherAdmin];

    [Fact]
    public void SeenBy_WithoutConversations_AreTheViewerAndActiveUsersOfTheOtherRole()
    {
        SeenBy(_investor).ShouldBe([_investor, _startup]);
        SeenBy(_startup).ShouldBe([_investor, _otherInvestor, _startup]);
        SeenBy(_admin).ShouldBe(_all);
        SeenBy(Create(UserRole.Investor)).ShouldBeEmpty("unknown to the database");
    }

    [Fact]
    public void SeenBy_AParticipant_IncludesTheOtherOneInAnyStateAndRole()
    {
        var deactivated = new User(_startup.Id, _startup.Email, _startup.DisplayName, UserRole.Startup, Given.Noon);
        var conversation = Conversation.Start(_investor, _startup, price: 0, agreed: 0, Given.Noon);

        foreach (var participant in (User[])[deactivated, Create(UserRole.Investor, id: _startup.Id), Create(UserRole.Admin, id: _startup.Id)])
        {
            User[] users = [_investor, _otherInvestor, participant];
            users.AsQueryable().SeenBy(_investor.Id, new[] { conversation }.AsQueryable()).ShouldContain(participant);
            users.AsQueryable().SeenBy(participant.Id, new[] { conversation }.AsQueryable()).ShouldContain(_investor);
            users.AsQueryable().SeenBy(_otherInvestor.Id, new[] { conversation }.AsQueryable()).ShouldNotContain(participant);
        }
    }

    private static List<User> SeenBy(User viewer) =>
        [.. _all.AsQueryable().SeenBy(viewer.Id, Array.Empty<Conversation>().AsQueryable())];

    private static User Create(UserRole role, bool isDeactivated = false, Guid? id = null) =>
        new(id ?? Guid.CreateVersion7(), "a@example.com", "A", role, isDeactivated ? Given.Noon : null);
}
