using System.Collections.Concurrent;
using CsCheck;

namespace CleanMessaging.Client.Tests.State;

/// <summary>
/// Compares the reducer's state with a plain list of all changes, with events lost, duplicated and reordered, and requests at any time.
/// The state equals the list as far as the state claims to be complete, and equals the whole list in the end.
/// </summary>
public sealed class ReducerModelTests
{
    /// <summary>The most changes that one catch-up response contains.</summary>
    private const int ChangesMax = 8;

    private const int PageSize = 5;

    private static readonly Gen<Step> _step = Gen.Select(
        Gen.Frequency(
            (6, Gen.Const(Kind.Send)),
            (2, Gen.Const(Kind.SendExpiring)),
            (2, Gen.Const(Kind.Edit)),
            (2, Gen.Const(Kind.EditAgain)),
            (2, Gen.Const(Kind.Delete)),
            (6, Gen.Const(Kind.Deliver)),
            (3, Gen.Const(Kind.DeliverAndKeep)),
            (3, Gen.Const(Kind.Lose)),
            (4, Gen.Const(Kind.Ask)),
            (3, Gen.Const(Kind.TakeAnswer)),
            (1, Gen.Const(Kind.AskEarlier)),
            (1, Gen.Const(Kind.TakeEarlier)),
            (1, Gen.Const(Kind.AskAround)),
            (2, Gen.Const(Kind.AskLater)),
            (2, Gen.Const(Kind.TakeLater)),
            (1, Gen.Const(Kind.AskOther)),
            (1, Gen.Const(Kind.Trim)),
            (1, Gen.Const(Kind.Wait))),
        Gen.Int[0, 1_000],
        (kind, pick) => new Step(kind, pick));

    private enum Kind
    {
        Send,
        SendExpiring,
        Edit,
        EditAgain,
        Delete,
        Deliver,
        DeliverAndKeep,
        Lose,
        Ask,
        TakeAnswer,
        AskEarlier,
        TakeEarlier,
        AskAround,
        AskLater,
        TakeLater,
        AskOther,
        Trim,
        Wait,
    }

    [Fact]
    public void AnyInterleaving_OfEventsAndAnswers_AgreesWithPlainModelAfterEachStep()
    {
        var seen = new ConcurrentDictionary<string, int>();

        _step.Array[1, 120].Sample(
            steps =>
            {
                var run = new Run(seen);
                foreach (var step in steps)
                {
                    run.Do(step);
                    run.ShouldBeSound(step.ToString());
                }

                run.CatchUp();
                run.ShouldBeSound("the end");
                run.ShouldBeComplete();
            },
            iter: 2_000);

        string[] met =
        [
            "added", "changed", "dropped", "recovered", "loaded", "loaded again", "prepended", "around", "appended", "replaced", "gap",
            "expired", "trimmed", "deleted", "deleted first", "gathered",
        ];
        met.ShouldBeSubsetOf(seen.Keys);
    }

    private sealed record Step(Kind Kind, int Pick);

    private sealed class Run(ConcurrentDictionary<string, int> seen)
    {
        private readonly ReducedConversation _conversation = new();
        private readonly List<Message> _stored = [];
        private readonly Dictionary<long, DeletedMessage> _deleted = [];
        private readonly List<ConversationChange> _underWay = [];
        private long _revision;
        private DateTimeOffset _now = Given.Noon;
        private Action? _answer;
        private Action? _earlier;
        private Action? _later;

        public void Do(Step step)
        {
            switch (step.Kind)
            {
                case Kind.Send:
                    Store(Given.Message(_stored.Count + 1, ++_revision));
                    break;
                case Kind.SendExpiring:
                    Store(Given.Message(_stored.Count + 1, ++_revision, expiresAt: _now.AddMinutes(1 + (step.Pick % 5))));
                    break;
                case Kind.Edit when Visible.Any():
                    var old = Visible.ElementAt(step.Pick % Visible.Count());
                    Store(Given.Message(old.Sequence, ++_revision, old.ExpiresAt));
                    break;
                case Kind.EditAgain:
                    EditAgain();
                    break;
                case Kind.Delete when Visible.Any():
                    Delete(Visible.ElementAt(step.Pick % Visible.Count()));
                    break;
                case Kind.Deliver or Kind.DeliverAndKeep or Kind.Lose when _underWay.Count > 0:
                    Deliver(step);
                    break;
                case Kind.Ask when _answer is null:
                    _answer = Ask();
                    break;
                case Kind.TakeAnswer when _answer is not null:
                    _answer();
                    _answer = null;
                    break;
                case Kind.AskEarlier when _earlier is null && _conversation is { HasEarlier: true, First: { } first }:
                    _earlier = AskEarlier(first);
                    break;
                case Kind.TakeEarlier when _earlier is not null:
                    _earlier();
                    _earlier = null;
                    break;
                case Kind.AskAround when _answer is null && _stored.Count > 0:
                    _answer = AskAround(step.Pick % _stored.Count);
                    break;
                case Kind.AskLater when _later is null && _conversation.HasLater:
                    _later = AskLater();
                    break;
                case Kind.AskOther when _later is null && _conversation.IsLoaded:
                    _later = AskOther(step.Pick % 2 == 0 ? PageBefore(long.MaxValue) : PageAround(step.Pick % (_stored.Count + 1)));
                    break;
                case Kind.TakeLater when _later is not null:
                    _later();
                    _later = null;
                    break;
                case Kind.Trim:
                    Count(_conversation.Count > PageSize, "trimmed");
                    _conversation.TrimTo(PageSize);
                    break;
                case Kind.Wait:
                    _now = _now.AddMinutes(step.Pick % 3);
                    Count(_conversation.Expire(_now).Count > 0, "expired");
                    break;
            }

            Count(_conversation.HasGap, "gap");
        }

        /// <summary>Catches up until nothing is missing, as for a gap and for the tail, and reads on to the newest message.</summary>
        public void CatchUp()
        {
            _answer?.Invoke();
            _later?.Invoke();
            for (var attempts = 0; attempts == 0 || _conversation.HasGap; attempts++)
            {
                attempts.ShouldBeLessThan(3);
                Ask()();
            }

            for (var pages = 0; _conversation.HasLater; pages++)
            {
                pages.ShouldBeLessThan(_stored.Count + 2);
                AskLater()();
            }
        }

        /// <summary>Verifies that the window is complete where it claims to be, in the revisions that it claims to have.</summary>
        public void ShouldBeSound(string after)
        {
            var messages = _conversation.Messages;
            messages.Zip(messages.Skip(1)).All(pair => pair.First.Sequence < pair.Second.Sequence).ShouldBeTrue($"{after}: out of order");
            messages.All(message => message.IsVisibleAt(_now)).ShouldBeTrue($"{after}: a message that has expired");
            if (!_conversation.IsLoaded)
                return;

            var held = messages.ToDictionary(message => message.Sequence);
            var begin = _conversation.HasEarlier ? _conversation.First!.Sequence : 0;
            var end = _conversation.HasLater ? _conversation.LoadedToSequence : long.MaxValue;
            messages.Any(message => _deleted.TryGetValue(message.Sequence, out var deleted) && deleted.Revision <= _conversation.Revision)
                .ShouldBeFalse($"{after}: a message that was deleted");
            messages.All(message => message.Sequence <= end).ShouldBeTrue($"{after}: something after the window");
            foreach (var message in Visible.Where(message => message.Sequence >= begin && message.Sequence <= end))
            {
                var copy = held.GetValueOrDefault(message.Sequence);
                if (copy is null && message.Sequence <= _conversation.LoadedToSequence)
                    throw new ShouldAssertException($"{after}: {message} is missing");
                if (copy != message && message.Revision <= _conversation.Revision)
                    throw new ShouldAssertException($"{after}: {copy} instead of {message}");
            }
        }

        public void ShouldBeComplete()
        {
            var begin = _conversation.HasEarlier ? _conversation.First!.Sequence : 0;
            _conversation.Revision.ShouldBe(_revision);
            _conversation.Messages.SequenceEqual(Visible.Where(message => message.Sequence >= begin))
                .ShouldBeTrue("something else is shown in the end");
            Tombstones.Where(deleted => deleted.Sequence > begin).Except(_conversation.Deleted).ShouldBeEmpty("a tombstone is missing");
        }

        private IEnumerable<Message> Visible =>
            _stored.Where(message => message.IsVisibleAt(_now) && !_deleted.ContainsKey(message.Sequence));

        /// <summary>The tombstones that the server still returns.</summary>
        private IEnumerable<DeletedMessage> Tombstones =>
            _deleted.Values.Where(deleted => _stored[(int)deleted.Sequence - 1].IsVisibleAt(_now)).OrderBy(deleted => deleted.Sequence);

        private void Store(Message message)
        {
            if (message.Sequence > _stored.Count)
                _stored.Add(message);
            else
                _stored[(int)message.Sequence - 1] = message;
            _underWay.Add(new MessageReceived(message, _now));
        }

        /// <summary>Edits a message whose last edit is not delivered yet, so that one event stands for both edits.</summary>
        private void EditAgain()
        {
            var place = _underWay.FindLastIndex(
                change => change is MessageReceived { Message: var message } && Visible.Contains(message) && message.Revision > message.Sequence);
            if (place < 0)
                return;

            var earlier = (MessageReceived)_underWay[place];
            var edited = Given.Message(earlier.Message.Sequence, ++_revision, earlier.Message.ExpiresAt);
            _stored[(int)edited.Sequence - 1] = edited;
            _underWay[place] = new MessageReceived(edited, _now)
            {
                Revisions = [.. earlier.Revisions, earlier.Message.Revision, edited.Revision],
            };
            Count(true, "gathered");
        }

        private void Delete(Message message)
        {
            var deleted = Given.Deleted(message.Sequence, ++_revision);
            _deleted.Add(message.Sequence, deleted);
            _underWay.Add(new DeletionReceived(deleted));
        }

        private void Deliver(Step step)
        {
            var place = step.Pick % _underWay.Count;
            var change = _underWay[place];
            if (step.Kind != Kind.DeliverAndKeep)
                _underWay.RemoveAt(place);
            if (step.Kind == Kind.Lose)
                return;

            if (change is DeletionReceived { Deleted: var deleted })
            {
                Count(true, _conversation.State.Find(deleted.Sequence) is null ? "deleted first" : "deleted");
                _conversation.Apply(change);
                return;
            }

            var received = (MessageReceived)change with { Now = _now };
            var taken = _conversation.Receive(received);
            Count(true, taken switch { MergeResult.Added => "added", MergeResult.Changed => "changed", _ => "dropped" });
        }

        private Action Ask()
        {
            var numbers = Given.Numbers(_stored.Count, _revision);
            if (_conversation.IsLoaded && _revision - _conversation.Revision <= ChangesMax)
            {
                var since = _conversation.Revision;
                var changes = Visible.Where(message => message.Revision > since).OrderBy(message => message.Revision).ToList();
                var deleted = Tombstones.Where(tombstone => tombstone.Revision > since).ToList();

                return () =>
                {
                    foreach (var message in changes)
                        _conversation.Receive(message, _now);
                    _conversation.Recover(numbers with { Deleted = deleted }, since);
                    Count(changes.Count > 0, "recovered");
                };
            }

            return () =>
            {
                Count(true, _conversation.IsLoaded ? "loaded again" : "loaded");

                // The page is read after the numbers, and applied some time after it was read.
                _conversation.Load(numbers, PageBefore(long.MaxValue), _now);
                _earlier = null;
            };
        }

        private Action AskEarlier(Message first)
        {
            var page = PageBefore(first.Sequence);
            var mark = _conversation.Mark;

            return () =>
            {
                Count(_conversation.Prepend(page, mark, _now), "prepended");
            };
        }

        private Action AskAround(int sequence)
        {
            var numbers = Given.Numbers(_stored.Count, _revision);

            return () =>
            {
                Count(true, "around");
                _conversation.Load(numbers, PageAround(sequence), _now);
                _earlier = null;
            };
        }

        private Action AskLater()
        {
            var page = PageAfter(_conversation.LoadedToSequence);
            var mark = _conversation.Mark;

            return () => Count(_conversation.Append(page, mark, _now), "appended");
        }

        private Action AskOther(MessagePage page)
        {
            var mark = _conversation.Mark;

            return () =>
            {
                _conversation.Replace(page, mark, _now);
                _earlier = null;
                Count(true, "replaced");
            };
        }

        private MessagePage PageAround(int sequence)
        {
            var (earlier, later) = (PageBefore(sequence + 1), PageAfter(sequence));

            return new MessagePage([.. earlier.Messages, .. later.Messages], earlier.HasMoreBefore, later.HasMoreAfter)
            {
                Deleted = [.. earlier.Deleted, .. later.Deleted],
            };
        }

        private MessagePage PageAfter(long sequence)
        {
            var after = Visible.Where(message => message.Sequence > sequence).ToList();

            var page = after.Take(PageSize).ToList();
            var hasMore = after.Count > PageSize;

            return new MessagePage(page, HasMoreBefore: Visible.Any(message => message.Sequence <= sequence), hasMore)
            {
                Deleted = [.. Tombstones.Where(deleted => deleted.Sequence > sequence && (!hasMore || deleted.Sequence < page[^1].Sequence))],
            };
        }

        private MessagePage PageBefore(long sequence)
        {
            var before = Visible.Where(message => message.Sequence < sequence).ToList();

            var page = before.TakeLast(PageSize).ToList();
            var hasMore = before.Count > PageSize;

            return Given.Page(page, hasMore) with
            {
                Deleted = [.. Tombstones.Where(deleted => deleted.Sequence < sequence && (!hasMore || deleted.Sequence > page[0].Sequence))],
            };
        }

        private void Count(bool happened, string what)
        {
            if (happened)
                seen.AddOrUpdate(what, 1, (_, count) => count + 1);
        }
    }
}
