using CsCheck;

namespace CleanMessaging.Client.Tests.State;

/// <summary>Tests that changes in any order, with duplicates and gaps, lead to the same state as loading the whole conversation.</summary>
public sealed class ConvergenceTests
{
    private const int Messages = 30;

    private static readonly DateTimeOffset _end = Given.Noon.AddHours(1);

    private static readonly Gen<(int Seed, int Lost, int Repeated)> _delivery = Gen.Select(
        Gen.Int[0, int.MaxValue - 1], Gen.Int[0, 60], Gen.Int[0, 60]);

    [Fact]
    public void AnyOrder_WithDuplicatesAndGaps_ConvergesToTheFullLoad()
    {
        var (gaps, personalGaps, duplicates) = (0, 0, 0);

        _delivery.Sample(
            delivery =>
            {
                var random = new Random(delivery.Seed);
                var history = new ServerHistory(random, Messages, changesHidden: true);
                var delivered = Delivered(history.Events, delivery.Lost, delivery.Repeated, random);
                Interlocked.Add(ref duplicates, delivered.Length - delivered.Distinct().Count());

                var state = StateOf([LoadOf(new ServerConversation(), Given.Noon), .. delivered, new TimePassed(_end)]);
                Interlocked.Add(ref gaps, state.Revisions.HasGap ? 1 : 0);
                Interlocked.Add(ref personalGaps, state.PersonalRevision < history.Now.Personal.Revision ? 1 : 0);

                ShouldBeTheFullLoad(Recover(state, history.Now), history);
            },
            iter: 1_000);

        gaps.ShouldBeGreaterThan(100);
        personalGaps.ShouldBeGreaterThan(100);
        duplicates.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void AnyOrder_WithoutLoss_ConvergesWithoutARequest() => _delivery.Sample(
        delivery =>
        {
            var random = new Random(delivery.Seed);
            var history = new ServerHistory(random, Messages, changesHidden: false);

            var state = StateOf([LoadOf(new ServerConversation(), Given.Noon), .. Delivered(history.Events, 0, 0, random), new TimePassed(_end)]);

            state.Revisions.HasGap.ShouldBeFalse();
            ShouldBeTheFullLoad(state, history);
        },
        iter: 500);

    [Fact]
    public void InOrder_WithoutLoss_IsCompleteInBothNumbersWithoutARequest() => _delivery.Sample(
        delivery =>
        {
            var history = new ServerHistory(new Random(delivery.Seed), Messages, changesHidden: false);

            var state = StateOf([LoadOf(new ServerConversation(), Given.Noon), .. history.Events, new TimePassed(_end)]);

            state.Revisions.HasGap.ShouldBeFalse();
            state.PersonalRevision.ShouldBe(history.Now.Personal.Revision);
            ShouldBeTheFullLoad(state, history);
        },
        iter: 200);

    [Fact]
    public void AnyOrder_BeforeTheFirstLoad_ConvergesToTheFullLoad() => _delivery.Sample(
        delivery =>
        {
            var random = new Random(delivery.Seed);
            var history = new ServerHistory(random, Messages, changesHidden: true);

            var state = StateOf([.. Delivered(history.Events, 0, 0, random), LoadOf(history.PickMoment(), Given.Noon), new TimePassed(_end)]);

            ShouldBeTheFullLoad(Recover(state, history.Now), history);
        },
        iter: 500);

    /// <summary>
    /// Tests quotes of messages before the loaded range: their changes and the response to their request arrive in any order, some not at all.
    /// </summary>
    [Fact]
    public void AnyOrder_OfChangesBeforeTheLoadedRange_ConvergesToTheQuotesOfTheFullLoad()
    {
        var (available, unavailable) = (0, 0);

        _delivery.Sample(
            delivery =>
            {
                var random = new Random(delivery.Seed);
                var earlier = new ServerHistory(random, Messages / 2, changesHidden: false);
                var before = earlier.Now;
                var history = new ServerHistory(random, Messages, changesHidden: true, earlier);
                var shown = before.ShownAt(Given.Noon).ToList();
                var from = shown.Count == 0 ? 0 : shown[shown.Count / 2].Sequence;
                var loaded = StateOf([new PageLoaded(before.Position, before.PageFrom(from, Given.Noon) with { Quoted = [] }, Given.Noon)]);
                var requested = Given.Sequences(1, from).SkipLast(1).ToList();
                var events = Delivered([.. history.Events, history.PickMoment().LookUp(requested, Given.Noon)], delivery.Lost, delivery.Repeated, random);

                var state = Recover(StateOf([new QuotesRequested(requested), .. events, new TimePassed(_end)], loaded), history.Now);

                // A response that was lost is requested again.
                state = Ask(state, history.Now, [.. requested.Where(sequence => state.QuoteOf(sequence, _end) is { State: QuoteState.Loading })]);
                ShouldBeTheFullLoad(state, history);
                var readable = history.Now.ShownAt(_end).ToDictionary(message => message.Sequence);
                foreach (var sequence in requested)
                {
                    var expected = readable.TryGetValue(sequence, out var message)
                        ? new MessageQuote(sequence, QuoteState.Available, message)
                        : new MessageQuote(sequence, QuoteState.Unavailable);
                    state.QuoteOf(sequence, _end).ShouldBe(expected);
                    Interlocked.Increment(ref message is null ? ref unavailable : ref available);
                }
            },
            iter: 500);

        available.ShouldBeGreaterThan(100);
        unavailable.ShouldBeGreaterThan(100);
    }

    /// <summary>Returns the events in a random order. Some are lost, and some of the others are repeated.</summary>
    private static ConversationChange[] Delivered(IReadOnlyList<ConversationChange> events, int lost, int repeated, Random random)
    {
        var delivered = events.Where(_ => random.Next(100) >= lost).ToList();
        var all = delivered.Concat(delivered.Where(_ => random.Next(100) < repeated)).ToArray();
        random.Shuffle(all);

        return all;
    }

    private static ConversationState StateOf(IEnumerable<ConversationChange> changes, ConversationState? from = null) =>
        changes.Aggregate(from ?? new ConversationState(), ConversationReducer.Reduce);

    private static PageLoaded LoadOf(ServerConversation server, DateTimeOffset now, long from = 0) =>
        new(server.Position, server.PageFrom(from, now), now);

    /// <summary>Applies the response with all changes since the known revisions, and the read pointers. Then both numbers are complete.</summary>
    private static ConversationState Recover(ConversationState state, ServerConversation server)
    {
        var recovered = ConversationReducer.Reduce(state, server.ChangesSince(state.Revisions.Revision, state.PersonalRevision, _end));
        recovered.PersonalRevision.ShouldBe(server.Personal.Revision);

        return recovered;
    }

    private static ConversationState Ask(ConversationState state, ServerConversation server, IReadOnlyList<long> sequences) =>
        ConversationReducer.Reduce(state, server.LookUp(sequences, _end));

    /// <summary>Compares a state with what a client reads that loads the same range, now and after everything that expires has expired.</summary>
    private static void ShouldBeTheFullLoad(ConversationState state, ServerHistory history)
    {
        foreach (var now in new[] { _end, _end.AddHours(3) })
        {
            state = ConversationReducer.Reduce(state, new TimePassed(now));
            var full = StateOf([LoadOf(history.Now, now, state.LoadedFromSequence)]);
            var tombstones = history.Now.TombstonesAt(now).Where(deleted => deleted.Sequence >= state.LoadedFromSequence).ToList();
            state.Messages.ShouldBe(full.Messages);

            // A tombstone of unknown expiry, whose message was not loaded, stays until the next load.
            state.Deletions.Values
                .Where(deletion => history.SaysExpiryOfTombstones || deletion.ExpiresAt is not null || tombstones.Contains(deletion.Message))
                .Select(deletion => deletion.Message)
                .ShouldBe(tombstones);
            state.Revisions.HasGap.ShouldBeFalse();
            (state.Revisions.Revision, state.Revisions.CompleteSequence).ShouldBe((full.Revisions.Revision, full.Revisions.CompleteSequence));
            (state.ClearedThrough, state.Expiration.Hours).ShouldBe((full.ClearedThrough, full.Expiration.Hours));
            foreach (var user in new[] { Given.Ines, Given.Stan })
                state.ReadBy(user.Id).ShouldBe(full.ReadBy(user.Id));
        }
    }
}
