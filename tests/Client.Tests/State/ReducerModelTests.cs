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

    /// <summary>The least minutes until a message expires that expires sooner. A client does not wait so long for a change.</summary>
    private const int Lifetime = 60;

    private static readonly Gen<Step> _step = Gen.Select(
        Gen.Frequency(
            (6, Gen.Const(Kind.Send)),
            (2, Gen.Const(Kind.SendExpiring)),
            (2, Gen.Const(Kind.Edit)),
            (2, Gen.Const(Kind.EditAgain)),
            (2, Gen.Const(Kind.ExpireSooner)),
            (2, Gen.Const(Kind.Delete)),
            (2, Gen.Const(Kind.Hide)),
            (1, Gen.Const(Kind.Clear)),
            (1, Gen.Const(Kind.Mute)),
            (2, Gen.Const(Kind.SetDefault)),
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
            (2, Gen.Const(Kind.Quote)),
            (2, Gen.Const(Kind.TakeQuotes)),
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
        ExpireSooner,
        Delete,
        Hide,
        Clear,
        Mute,
        SetDefault,
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
        Quote,
        TakeQuotes,
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
                run.LetEverythingExpire();
                run.ShouldBeComplete();
            },
            iter: 2_000);

        string[] met =
        [
            "added", "changed", "dropped", "recovered", "loaded", "loaded again", "prepended", "around", "appended", "replaced", "gap",
            "expired", "trimmed", "deleted", "deleted first", "gathered", "expires sooner", "hidden", "hidden first", "cleared", "muted", "personal gap",
            "default", "changed unseen", "quoted", "quote changed", "quote ended",
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

        /// <summary>The hidden and cleared sequences, each with the personal revision since which the user does not see it.</summary>
        private readonly Dictionary<long, long> _hidden = [];
        private long _revision;
        private DateTimeOffset _now = Given.Noon;
        private Action? _answer;
        private Action? _earlier;
        private Action? _later;
        private Action? _quotes;
        private PersonalState _personal = PersonalState.None with { Revision = 0 };
        private int? _default;

        public void Do(Step step)
        {
            switch (step.Kind)
            {
                case Kind.Send:
                    Store(Given.Message(_stored.Count + 1, ++_revision) with { ReplyToSequence = ReplyOf(step) });
                    break;
                case Kind.SendExpiring:
                    Store(Given.Message(_stored.Count + 1, ++_revision, expiresAt: _now.AddMinutes(1 + (step.Pick % 5))));
                    break;
                case Kind.Edit when Existing.Any():
                    var old = Existing.ElementAt(step.Pick % Existing.Count());
                    Store(Given.Message(old.Sequence, ++_revision, old.ExpiresAt) with { ReplyToSequence = old.ReplyToSequence });
                    break;
                case Kind.ExpireSooner when Existing.Any():
                    ExpireSooner(Existing.ElementAt(step.Pick % Existing.Count()), _now.AddMinutes(Lifetime + (step.Pick % 5)));
                    break;
                case Kind.EditAgain:
                    EditAgain();
                    break;
                case Kind.Delete when Existing.Any():
                    Delete(Existing.ElementAt(step.Pick % Existing.Count()));
                    break;
                case Kind.Hide when Visible.Any():
                    ChangePersonal(_personal, [Visible.ElementAt(step.Pick % Visible.Count()).Sequence], "hide");
                    break;
                case Kind.Clear when _stored.Count > 0 && step.Pick % 4 == 0:
                    ChangePersonal(_personal with { ClearedThrough = Math.Max(_personal.ClearedThrough, step.Pick % _stored.Count) }, [], "cleared");
                    break;
                case Kind.Mute:
                    ChangePersonal(_personal with { MutedUntil = _now.AddMinutes(step.Pick) }, [], "muted");
                    break;
                case Kind.SetDefault:
                    _default = step.Pick % 3 == 0 ? null : step.Pick;
                    _underWay.Add(new ExpirationChangeReceived(++_revision, _default, Given.Ines.Id));
                    Count(true, "default");
                    break;
                case Kind.Quote when _quotes is null && _stored.Count > 0:
                    _quotes = Quote((step.Pick % _stored.Count) + 1);
                    break;
                case Kind.TakeQuotes when _quotes is not null:
                    _quotes();
                    _quotes = null;
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
            for (var attempts = 0; attempts == 0 || _conversation.HasGap || _conversation.State.PersonalRevision < _personal.Revision; attempts++)
            {
                attempts.ShouldBeLessThan(3);
                Ask()();
            }

            for (var pages = 0; _conversation.HasLater; pages++)
            {
                pages.ShouldBeLessThan(_stored.Count + 2);
                AskLater()();
            }

            _quotes?.Invoke();
            _conversation.Expire(_now);
        }

        public void LetEverythingExpire()
        {
            _now = _now.AddMinutes(2 * Lifetime);
            _conversation.Expire(_now);
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
            messages.Any(message => _hidden.GetValueOrDefault(message.Sequence, long.MaxValue) <= _conversation.State.PersonalRevision)
                .ShouldBeFalse($"{after}: a message that was hidden");
            foreach (var message in _stored)
                QuoteShouldBeSound(message, after);
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

        /// <summary>Verifies that a quote is the message as of the known revisions, and that one that is not available is not visible any more.</summary>
        private void QuoteShouldBeSound(Message message, string after)
        {
            var quote = _conversation.State.QuoteOf(message.Sequence, _now);
            var isVisible = Visible.Contains(message);
            (isVisible && quote?.State == QuoteState.Unavailable).ShouldBeFalse($"{after}: no quote of {message}");

            // While a quote is being requested, an event that arrives late can bring an older text. The response brings the current one.
            if (quote?.Message is not { } quoted || quoted == message || _quotes is not null)
                return;

            (quoted.Revision < message.Revision && message.Revision <= _conversation.Revision).ShouldBeFalse(
                $"{after}: quoted in revision {quoted.Revision} instead of {message.Revision}");
        }

        public void ShouldBeComplete()
        {
            var begin = _conversation.HasEarlier ? _conversation.First!.Sequence : 0;
            _conversation.Revision.ShouldBe(_revision);
            _conversation.Messages.SequenceEqual(Visible.Where(message => message.Sequence >= begin))
                .ShouldBeTrue("something else is shown in the end");
            _conversation.Deleted.Where(deleted => deleted.Sequence > begin)
                .ShouldBe(Tombstones.Where(deleted => deleted.Sequence > begin), "other tombstones are shown in the end");
            _conversation.State.PersonalRevision.ShouldBe(_personal.Revision);
            _conversation.State.Expiration.Hours.ShouldBe(_default);
            var visible = Visible.ToHashSet();
            foreach (var message in _stored)
            {
                var quote = _conversation.State.QuoteOf(message.Sequence, _now);
                if (quote?.State is QuoteState.Available or QuoteState.Unavailable)
                    quote.Message.ShouldBe(visible.Contains(message) ? message : null, "another quote is shown in the end");
            }
        }

        /// <summary>The messages that can change, also those that the user has hidden.</summary>
        private IEnumerable<Message> Existing =>
            _stored.Where(message => message.IsVisibleAt(_now) && !_deleted.ContainsKey(message.Sequence));

        private IEnumerable<Message> Visible => Existing.Where(message => !_hidden.ContainsKey(message.Sequence));

        private JoinedConversation Position => Given.Numbers(_stored.Count, _revision) with { Personal = _personal, DefaultExpirationHours = _default };

        /// <summary>The tombstones that the server still returns.</summary>
        private IEnumerable<DeletedMessage> Tombstones =>
            _deleted.Values.Where(deleted => _stored[(int)deleted.Sequence - 1].IsVisibleAt(_now) && !_hidden.ContainsKey(deleted.Sequence))
                .OrderBy(deleted => deleted.Sequence);

        private long? ReplyOf(Step step) => _stored.Count > 0 && step.Pick % 2 == 0 ? (step.Pick % _stored.Count) + 1 : null;

        private void Store(Message message)
        {
            if (message.Sequence > _stored.Count)
                _stored.Add(message);
            else
                _stored[(int)message.Sequence - 1] = message;
            Report(message.Sequence, new MessageReceived(message, _now));
        }

        /// <summary>Sends an event of a message, unless the user has hidden the message.</summary>
        private void Report(long sequence, ConversationChange change)
        {
            Count(_hidden.ContainsKey(sequence), "changed unseen");
            if (!_hidden.ContainsKey(sequence))
                _underWay.Add(change);
        }

        private void ExpireSooner(Message message, DateTimeOffset expiresAt)
        {
            if (message.ExpiresAt <= expiresAt)
                return;

            Store(Given.Message(message.Sequence, ++_revision, expiresAt) with { ReplyToSequence = message.ReplyToSequence });
            Count(true, "expires sooner");
        }

        private void ChangePersonal(PersonalState personal, IReadOnlyList<long> hidden, string what)
        {
            var since = _personal.Revision;
            _personal = personal with { Revision = since + 1 };
            foreach (var sequence in hidden.Concat(Given.Sequences(1, personal.ClearedThrough)))
                _hidden.TryAdd(sequence, _personal.Revision);
            _underWay.Add(new PersonalStateReceived(_personal, since, hidden));
            Count(true, what);
        }

        private Action Quote(long sequence)
        {
            Count(_conversation.Apply(new QuotesRequested([sequence])), "quoted");
            IReadOnlyList<Message> found = [.. Visible.Where(message => message.Sequence == sequence)];

            return () => _conversation.Apply(new QuotesFound([sequence], found, _now));
        }

        /// <summary>Edits a message whose last edit is not delivered yet, so that one event stands for both edits.</summary>
        private void EditAgain()
        {
            var place = _underWay.FindLastIndex(
                change => change is MessageReceived { Message: var message } && Visible.Contains(message) && message.Revision > message.Sequence);
            if (place < 0)
                return;

            var earlier = (MessageReceived)_underWay[place];
            var edited = Given.Message(earlier.Message.Sequence, ++_revision, earlier.Message.ExpiresAt) with
            {
                ReplyToSequence = earlier.Message.ReplyToSequence,
            };
            _stored[(int)edited.Sequence - 1] = edited;
            _underWay[place] = new MessageReceived(edited, _now)
            {
                Revisions = [.. earlier.Revisions, earlier.Message.Revision, edited.Revision],
            };
            Count(true, "gathered");
        }

        private void Delete(Message message)
        {
            var deleted = Given.Deleted(message.Sequence, ++_revision) with { ExpiresAt = message.ExpiresAt };
            _deleted.Add(message.Sequence, deleted);
            Report(message.Sequence, new DeletionReceived(deleted));
        }

        private void Deliver(Step step)
        {
            var place = step.Pick % _underWay.Count;
            var change = _underWay[place];
            if (step.Kind != Kind.DeliverAndKeep)
                _underWay.RemoveAt(place);
            if (step.Kind == Kind.Lose)
                return;

            var quotes = _conversation.State.Quotes;
            switch (change)
            {
                case MessageReceived received:
                    var taken = _conversation.Receive(received with { Now = _now });
                    Count(true, taken switch { MergeResult.Added => "added", MergeResult.Changed => "changed", _ => "dropped" });
                    Count(_conversation.State.Quotes != quotes, "quote changed");
                    return;
                case DeletionReceived { Deleted: var deleted }:
                    Count(true, _conversation.State.Find(deleted.Sequence) is null ? "deleted first" : "deleted");
                    break;
                case PersonalStateReceived personal:
                    Count(personal.Hidden.Count > 0, personal.Hidden.All(one => _conversation.State.Find(one) is null) ? "hidden first" : "hidden");
                    Count(personal.SinceRevision > _conversation.State.PersonalRevision, "personal gap");
                    break;
            }

            _conversation.Apply(change);
            Count(_conversation.State.Quotes != quotes, "quote ended");
        }

        private Action Ask()
        {
            var numbers = Position;
            if (_conversation.IsLoaded && _revision - _conversation.Revision <= ChangesMax)
            {
                var (since, sincePersonal) = (_conversation.Revision, _conversation.State.PersonalRevision);
                var response = numbers with
                {
                    Recovered = true,
                    Messages = [.. Visible.Where(message => message.Revision > since).OrderBy(message => message.Revision)],
                    Deleted = [.. Tombstones.Where(tombstone => tombstone.Revision > since)],
                    Hidden = [.. _hidden.Where(one => one.Key > _personal.ClearedThrough && one.Value > sincePersonal).Select(one => one.Key)],
                };

                return () =>
                {
                    _conversation.Apply(new ChangesRecovered(response, since, _now));
                    Count(response.Messages.Count > 0, "recovered");
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
            var numbers = Position;

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
                var isApplied = _conversation.Replace(page, mark, _now);
                if (isApplied)
                    _earlier = null;
                Count(isApplied, "replaced");
            };
        }

        private MessagePage PageAround(int sequence)
        {
            var (earlier, later) = (PageBefore(sequence + 1), PageAfter(sequence));

            return new MessagePage([.. earlier.Messages, .. later.Messages], earlier.HasMoreBefore, later.HasMoreAfter)
            {
                Deleted = [.. earlier.Deleted, .. later.Deleted],
                Quoted = QuotedBy([.. earlier.Messages, .. later.Messages]),
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
                Quoted = QuotedBy(page),
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
                Quoted = QuotedBy(page),
            };
        }

        /// <summary>Returns the messages that a page refers to and does not contain.</summary>
        private IReadOnlyList<Message> QuotedBy(IReadOnlyList<Message> page) =>
            [.. Visible.Where(message => page.Any(reply => reply.ReplyToSequence == message.Sequence) && !page.Contains(message))];

        private void Count(bool happened, string what)
        {
            if (happened)
                seen.AddOrUpdate(what, 1, (_, count) => count + 1);
        }
    }
}
