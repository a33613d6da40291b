using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Infrastructure.Realtime.Events;

namespace CleanMessaging.Api.Tests.Realtime;

public sealed class EventRegistryTests
{
    /// <summary>The names are the contract between servers of different versions. A type can be renamed; its name here cannot.</summary>
    [Fact]
    public void WireNames_Always_StayTheSame() =>
        EventRegistry.Kinds.Select(kind => kind.WireName)
            .ShouldBe(
            [
                "MessageSent", "MessageEdited", "MessageReacted", "MessagePlayed", "MessageExpirationChanged", "DefaultExpirationChanged",
                "MessageDeleted", "MessagesRead", "ConversationStarted", "PersonalStateChanged", "AvatarChanged", "UserTyped",
                "SessionEnded",
            ]);

    [Fact]
    public void DomainEvents_Always_AreRegisteredOrKnownToInterestNoClient()
    {
        Type[] internalEvents = [typeof(WalletCharged)];

        typeof(IDomainEvent).Assembly.GetTypes()
            .Where(type => type is { IsInterface: false } && type.IsAssignableTo(typeof(IDomainEvent)))
            .Except(internalEvents)
            .ShouldBe(EventRegistry.Kinds.Select(kind => kind.Type).Where(type => type != typeof(UserTyped)), ignoreOrder: true);
    }

    [Fact]
    public void Lanes_Always_HaveNamesOfTheirOwn()
    {
        EventRegistry.Queued.Select(lane => lane.Name).ShouldBe(["messages", "changes", "expirations", "deletions", "reads", "personal states", "users", "lists"], ignoreOrder: true);
        EventRegistry.Queued.ShouldAllBe(lane => lane.Capacity == 10_000);
    }
}
