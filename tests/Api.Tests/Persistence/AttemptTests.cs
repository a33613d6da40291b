using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Persistence;

namespace CleanMessaging.Api.Tests.Persistence;

public sealed class AttemptTests
{
    [Fact]
    public async Task FindConfirmedEvents_OfEarlierAttempts_ReturnsThoseWhoseAggregatesAreAllStored()
    {
        var (stored, lost) = (new Created(Guid.CreateVersion7()), new Created(Guid.CreateVersion7()));
        var (ofStored, ofLost, ofNoCreation) = (new Changed("stored"), new Changed("lost"), new Changed("no creation"));
        using var deadline = new DatabaseDeadline();
        var attempt = new Attempt(
            number: 4,
            deadline,
            [[ofStored, stored], [ofLost, stored, lost], [ofNoCreation]],
            TestContext.Current.CancellationToken,
            TestContext.Current.CancellationToken);

        var confirmed = await attempt.FindConfirmedEventsAsync(
            created => ValueTask.FromResult(created.AggregateId == stored.Id));

        confirmed.ShouldBe([ofStored, stored, ofNoCreation]);
    }

    private sealed record Created(Guid Id) : ICreationEvent
    {
        Type ICreationEvent.AggregateType => typeof(AggregateRoot);

        Guid ICreationEvent.AggregateId => Id;
    }

    private sealed record Changed(string What) : IDomainEvent;
}
