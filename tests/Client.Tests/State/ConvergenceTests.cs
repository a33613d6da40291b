using CsCheck;

namespace CleanMessaging.Client.Tests.State;

/// <summary>Tests that changes in any order, with duplicates and gaps, lead to the same state as loading the whole conversation.</summary>
public sealed class ConvergenceTests
{
    private const int Messages = 30;

    private static readonly Gen<(int Seed, int Lost, int Repeated)> _delivery = Gen.Select(
        Gen.Int[0, int.MaxValue - 1], Gen.Int[0, 60], Gen.Int[0, 60]);

    [Fact]
    public void AnyOrder_WithDuplicatesAndGaps_ConvergesToTheFullLoad()
    {
        var (gaps, duplicates) = (0, 0);

        _delivery.Sample(
            delivery =>
            {
                var random = new Random(delivery.Seed);
                var history = HistoryOf(random);
                var delivered = history.Where(_ => random.Next(100) >= delivery.Lost).ToList();
                delivered.AddRange(delivered.Where(_ => random.Next(100) < delivery.Repeated).ToList());
                Interlocked.Add(ref duplicates, delivered.Count - delivered.Distinct().Count());
                var end = Given.Noon.AddHours(1);

                var state = StateOf(
                    [new PageLoaded(Given.Numbers(0), Given.Page([]), Given.Noon), .. Shuffled(delivered, random), new TimePassed(end)]);
                Interlocked.Add(ref gaps, state.Revisions.HasGap ? 1 : 0);

                ShouldBeTheFullLoad(Recover(state, history, end), history, end);
            },
            iter: 1_000);

        gaps.ShouldBeGreaterThan(100);
        duplicates.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void AnyOrder_WithoutLoss_ConvergesWithoutARequest() => _delivery.Sample(
        delivery =>
        {
            var random = new Random(delivery.Seed);
            var history = HistoryOf(random);
            var end = Given.Noon.AddHours(1);

            var state = StateOf(
                [new PageLoaded(Given.Numbers(0), Given.Page([]), Given.Noon), .. Shuffled(history, random), new TimePassed(end)]);

            state.Revisions.HasGap.ShouldBeFalse();
            ShouldBeTheFullLoad(state, history, end);
        },
        iter: 500);

    [Fact]
    public void AnyOrder_BeforeTheFirstLoad_ConvergesToTheFullLoad() => _delivery.Sample(
        delivery =>
        {
            var random = new Random(delivery.Seed);
            var history = HistoryOf(random);
            var loadedUpTo = random.Next(history.Count + 1);
            var (end, known) = (Given.Noon.AddHours(1), history.Take(loadedUpTo).ToList());

            var state = StateOf([.. Shuffled(history, random), FullLoadOf(known, Given.Noon), new TimePassed(end)]);

            ShouldBeTheFullLoad(Recover(state, history, end), history, end);
        },
        iter: 500);

    /// <summary>
    /// Creates the changes of a conversation in the order of their revisions: new messages, some of which expire, edits, deletions and reads.
    /// </summary>
    private static List<ConversationChange> HistoryOf(Random random)
    {
        var changes = new List<ConversationChange>();
        var (sequence, revision) = (0, 0);
        while (sequence < Messages)
        {
            var expiresAt = random.Next(4) == 0 ? Given.Noon.AddMinutes(random.Next(1, 120)) : (DateTimeOffset?)null;
            changes.Add(random.Next(6) switch
            {
                0 when Existing() is [_, ..] existing => Edited(existing[random.Next(existing.Count)]),
                2 when Existing() is [_, ..] existing => Deleted(existing[random.Next(existing.Count)]),
                1 when sequence > 0 => new ReadReceived(random.Next(2) == 0 ? Given.Ines.Id : Given.Stan.Id, random.Next(1, sequence + 1)),
                _ => new MessageReceived(Given.Message(++sequence, ++revision, expiresAt), Given.Noon),
            });
        }

        return changes;

        IReadOnlyList<Message> Existing() => LatestOf(changes);

        // The event of an edit can also stand for the previous changes of the message.
        MessageReceived Edited(Message last) => new(Given.Message(last.Sequence, ++revision, last.ExpiresAt), Given.Noon)
        {
            Revisions = random.Next(2) == 0 ? [last.Revision, revision] : [revision],
        };

        DeletionReceived Deleted(Message last) => new(Given.Deleted(last.Sequence, ++revision));
    }

    private static ConversationState StateOf(IEnumerable<ConversationChange> changes) =>
        changes.Aggregate(new ConversationState(), ConversationReducer.Reduce);

    /// <summary>Applies the answer of the server with all changes since the known revision, and the read pointers.</summary>
    private static ConversationState Recover(ConversationState state, IReadOnlyList<ConversationChange> history, DateTimeOffset now)
    {
        var since = state.Revisions.Revision;
        var full = PositionOf(history);
        var missing = LatestOf(history)
            .Where(message => message.Revision > since && message.IsVisibleAt(now))
            .OrderBy(message => message.Revision);

        var deleted = DeletedOf(history, now).Where(deleted => deleted.Revision > since);

        return ConversationReducer.Reduce(
            state, new ChangesRecovered(full with { Recovered = true, Messages = [.. missing], Deleted = [.. deleted] }, since, now));
    }

    private static void ShouldBeTheFullLoad(ConversationState state, IReadOnlyList<ConversationChange> history, DateTimeOffset now)
    {
        var full = StateOf([FullLoadOf(history, now)]);

        state.Messages.ShouldBe(full.Messages);

        // A deletion without its message has no time of expiry. Then the tombstone stays until the next load.
        state.Deletions.Values.Where(deletion => deletion.ExpiresAt is not null || full.Deletions.ContainsKey(deletion.Message.Sequence))
            .Select(deletion => deletion.Message)
            .ShouldBe(full.Deletions.Values.Select(deletion => deletion.Message));
        state.Revisions.HasGap.ShouldBeFalse();
        (state.Revisions.Revision, state.Revisions.CompleteSequence).ShouldBe((full.Revisions.Revision, full.Revisions.CompleteSequence));
        foreach (var user in new[] { Given.Ines, Given.Stan })
            state.ReadBy(user.Id).ShouldBe(full.ReadBy(user.Id));
    }

    private static PageLoaded FullLoadOf(IReadOnlyList<ConversationChange> history, DateTimeOffset now) =>
        new(
            PositionOf(history),
            Given.Page([.. LatestOf(history).Where(message => message.IsVisibleAt(now))]) with { Deleted = DeletedOf(history, now) },
            now);

    private static JoinedConversation PositionOf(IReadOnlyList<ConversationChange> history)
    {
        var sent = history.OfType<MessageReceived>().Select(change => change.Message).ToList();
        var revisions = sent.Select(message => message.Revision)
            .Concat(history.OfType<DeletionReceived>().Select(change => change.Deleted.Revision));

        return Given.Numbers(
            sent.Select(message => message.Sequence).DefaultIfEmpty().Max(), revisions.DefaultIfEmpty().Max()) with
        {
            Participants =
            [
                .. new[] { Given.Ines, Given.Stan }.Select(user => new Participant(
                    user.Id,
                    user.DisplayName,
                    user.Role,
                    history
                        .OfType<ReadReceived>()
                        .Where(read => read.UserId == user.Id)
                        .Select(read => read.LastReadSequence)
                        .DefaultIfEmpty()
                        .Max())),
            ],
        };
    }

    /// <summary>Returns the messages that are not deleted, each with its latest text.</summary>
    private static IReadOnlyList<Message> LatestOf(IReadOnlyList<ConversationChange> history)
    {
        var deleted = history.OfType<DeletionReceived>().Select(change => change.Deleted.Sequence).ToHashSet();

        return
        [
            .. history.OfType<MessageReceived>()
                .GroupBy(change => change.Message.Sequence)
                .Where(group => !deleted.Contains(group.Key))
                .Select(group => group.Last().Message)
                .OrderBy(message => message.Sequence),
        ];
    }

    /// <summary>Returns the tombstones of the messages that would still be visible.</summary>
    private static IReadOnlyList<DeletedMessage> DeletedOf(IReadOnlyList<ConversationChange> history, DateTimeOffset now) =>
    [
        .. history.OfType<DeletionReceived>()
            .Select(change => change.Deleted)
            .Where(deleted => history.OfType<MessageReceived>().First(change => change.Message.Sequence == deleted.Sequence).Message.IsVisibleAt(now))
            .OrderBy(deleted => deleted.Sequence),
    ];

    private static ConversationChange[] Shuffled(IReadOnlyList<ConversationChange> changes, Random random)
    {
        var shuffled = changes.ToArray();
        random.Shuffle(shuffled);

        return shuffled;
    }
}
