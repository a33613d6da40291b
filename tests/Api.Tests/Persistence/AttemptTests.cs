using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Persistence;

namespace CleanMessaging.Api.Tests.Persistence;

public sealed class AttemptTests
{
    private static readonly IDomainEvent _unverifiable = new Changed("unverifiable");

    [Fact]
    public async Task FindConfirmedEvents_OfEarlierAttempts_ReturnsThoseThatAreStored()
    {
        var (stored, lost) = (new Created(Guid.CreateVersion7()), new Created(Guid.CreateVersion7()));

        var confirmed = await FindAsync([[_unverifiable, stored], [_unverifiable, stored, lost], []], stored);

        confirmed.Events.ShouldBe([_unverifiable, stored]);
        confirmed.HasUnknownOutcome.ShouldBeFalse();
    }

    [Fact]
    public async Task FindConfirmedEvents_OfWhichNothingIsKnown_SaysSo()
    {
        var (stored, unknown) = (new Created(Guid.CreateVersion7()), new Created(Guid.Empty));

        var confirmed = await FindAsync([[unknown], [unknown, stored]], stored);
        var unverifiable = await FindAsync([[_unverifiable]], stored);

        confirmed.Events.ShouldBe([unknown, stored]);
        confirmed.HasUnknownOutcome.ShouldBeTrue();
        unverifiable.Events.ShouldBeEmpty();
        unverifiable.HasUnknownOutcome.ShouldBeTrue();
    }

    private static async Task<ConfirmedEvents> FindAsync(IReadOnlyList<IReadOnlyList<IDomainEvent>> unconfirmed, Created stored)
    {
        using var deadline = new DatabaseDeadline();
        var attempt = new Attempt(
            number: 4, deadline, unconfirmed, TestContext.Current.CancellationToken, TestContext.Current.CancellationToken);

        return await attempt.FindConfirmedEventsAsync(
            created => ValueTask.FromResult<object?>(created.RowKey.Contains(stored.Id) ? stored : null));
    }

    /// <param name="Id">Empty if the row does not say whether it was committed.</param>
    private sealed record Created(Guid Id) : IVerifiableEvent
    {
        Type IVerifiableEvent.RowType => typeof(AggregateRoot);

        IReadOnlyList<object> IVerifiableEvent.RowKey => [Id];

        bool? IVerifiableEvent.IsCommitted(object? row) => Id == Guid.Empty ? null : row is not null;
    }

    private sealed record Changed(string What) : IDomainEvent;
}
