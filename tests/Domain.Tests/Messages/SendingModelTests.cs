using System.Collections.Concurrent;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;
using CsCheck;

namespace CleanMessaging.Domain.Tests.Messages;

/// <summary>
/// Runs random steps of two users with random clock changes. After each step the domain must return the same result and have the same state
/// as <see cref="PlainModel"/>, a second implementation of the rules with plain arithmetic.
/// </summary>
public sealed class SendingModelTests
{
    private static readonly Gen<TimeSpan> _leap = Gen.OneOf(
        Gen.Const(TimeSpan.Zero),
        Gen.Const(TimeSpan.FromMicroseconds(1)),
        Gen.Const(TimeSpan.FromMicroseconds(-1)),
        Gen.Int[-180, 180].Select(minutes => TimeSpan.FromMinutes(minutes)),
        Gen.Int[-1, 3].Select(days => TimeSpan.FromDays(days)));

    private static readonly Gen<int> _who = Gen.Int[0, 1];

    private static readonly Gen<Step> _step = Gen.Frequency(
        (12, Gen.Select(
            _who,
            Gen.OneOf<long?>(null, null, null, 0, 1, 6, 7, 9, 10, 11),
            Gen.OneOf<int?>(null, 1, 8760),
            Gen.OneOf<long?>(null, null, 0, 1, 2, 3, 5, 20),
            (who, maxPoints, hours, reply) => (Step)new Send(who, maxPoints, hours, reply))),
        (2, Gen.Select(
            _who,
            Gen.OneOf<long>(-5, 0, 1, 9, 10, 25, 1_000_000_000_000, 1_000_000_000_001),
            (who, points) => (Step)new Credit(who, points))),
        (2, Gen.Select(_who, Gen.Int[0, 1_000], (who, pick) => (Step)new Reverse(who, pick))),
        (1, Gen.Select(
            _who,
            Gen.OneOf<int?>(null, null, -1, 0, 1, 2, 5, 1_000_000, 1_000_001),
            Gen.OneOf<long?>(null, null, -1, 0, 1, 7, 1_000_000, 1_000_001),
            (who, limit, price) => (Step)new Override(who, limit, price))),
        (3, Gen.Select(_who, Gen.Long[-2, 40], (who, upTo) => (Step)new MarkRead(who, upTo))),
        (3, _leap.Select(by => (Step)new Wait(by))),
        (1, Gen.Long[-1, 1].Select(microseconds => (Step)new WaitForMidnight(microseconds))));

    private static readonly Gen<Run> _run = Gen.Select(
        Gen.Int[-11, 12],
        Gen.Int[0, 23],
        Gen.Long[0, 60],
        _step.Array[1, 60],
        (zoneHours, startHour, grant, steps) => new Run(zoneHours, startHour, grant, steps));

    [Fact]
    public void AnySteps_ByTwoUsers_AgreeWithPlainModelAfterEachOne()
    {
        var seen = new ConcurrentDictionary<string, int>();

        _run.Sample(
            run =>
            {
                var model = new PlainModel(run);
                var real = new RealThing(run, model.Now);
                foreach (var step in run.Steps)
                {
                    var expected = model.Do(step);
                    var outcome = step is Wait or WaitForMidnight ? "waited" : real.Do(step, model.Now);
                    outcome.ShouldBe(expected, $"{step} at {model.Now:O}");
                    real.Standing(model.Now).ShouldBe(model.Standing(), $"{step} at {model.Now:O}");
                    seen.AddOrUpdate(expected, 1, (_, count) => count + 1);
                }

                real.ShouldBeSound();
            },
            iter: 1_000);

        string[] outcomes =
        [
            "waited", "free", "message.reply_out_of_range", "paid 10", "paid 7", "credited", "reversed", "overridden", "read", "not read", "nothing to reverse",
            "payment.consent_required", "wallet.insufficient_balance", "wallet.invalid_amount", "wallet.not_reversible",
            "wallet.already_reversed", "wallet.reversal_exceeds_balance", "quota.out_of_range",
        ];
        outcomes.ShouldBeSubsetOf(seen.Keys);
    }

    [Fact]
    public void Send_WhileTheClockGoesAnywhere_IsFreeAtMostTheLimitTimesTheDaysSeen()
    {
        var someFreeOnesWereUsedUp = false;

        Gen.Select(Gen.Int[0, 4], _leap.Array[1, 80]).Sample(
            (limit, leaps) =>
            {
                var sending = Sending.ByInvestor(balance: 1_000, new QuotaPolicy(limit, 10, TimeZoneInfo.Utc));
                var now = Given.Noon;
                var days = new HashSet<long>();
                var free = 0;
                foreach (var leap in leaps)
                {
                    now += leap;
                    days.Add(now.UtcTicks / TimeSpan.TicksPerDay);
                    free += sending.Send(now).PointsCharged == 0 ? 1 : 0;
                }

                free.ShouldBeLessThanOrEqualTo(limit * days.Count);
                someFreeOnesWereUsedUp |= free < leaps.Length && limit > 0;
            },
            iter: 500);

        someFreeOnesWereUsedUp.ShouldBeTrue();
    }

    /// <param name="ZoneHours">The UTC offset of the quota's time zone, in hours.</param>
    /// <param name="StartHour">The hour in UTC at which the run starts.</param>
    /// <param name="Grant">The points that each of the two users starts with.</param>
    private sealed record Run(int ZoneHours, int StartHour, long Grant, IReadOnlyList<Step> Steps)
    {
        public override string ToString() =>
            $"zone {ZoneHours}, from {StartHour} o'clock, {Grant} points each: {string.Join("; ", Steps)}";
    }

    private abstract record Step;

    private sealed record Send(int Who, long? MaxPoints, int? Hours, long? Reply) : Step;

    private sealed record Credit(int Who, long Points) : Step;

    private sealed record Reverse(int Who, int Pick) : Step;

    private sealed record Override(int Who, int? Limit, long? Price) : Step;

    private sealed record MarkRead(int Who, long UpTo) : Step;

    private sealed record Wait(TimeSpan By) : Step;

    /// <summary>Advances the clock to the next midnight of the zone, plus or minus a microsecond.</summary>
    private sealed record WaitForMidnight(long Microseconds) : Step;

    /// <summary>The rules, implemented without the domain: times in microseconds, days as integers, dictionaries and lists.</summary>
    private sealed class PlainModel
    {
        private const long Hour = 3_600_000_000;
        private const long Day = 24 * Hour;
        private const int FreePerDay = 3;
        private const long Price = 10;

        private readonly long _offset;
        private readonly Person[] _people = [new Person(), new Person()];
        private readonly List<(long CreatedAt, int? Hours, long? Reply)> _messages = [];
        private long _clock;
        private long _lastActivity;

        public PlainModel(Run run)
        {
            _offset = run.ZoneHours * Hour;
            _clock = (20_000 * Day) + (run.StartHour * Hour);
            _lastActivity = _clock;
            if (run.Grant == 0)
                return;

            foreach (var person in _people)
                person.Ledger.Add((run.Grant, IsReversal: false));
        }

        public DateTimeOffset Now => DateTimeOffset.UnixEpoch.AddMicroseconds(_clock);

        public string Do(Step step) => step switch
        {
            Send send => DoSend(_people[send.Who], send),
            Credit credit => DoCredit(_people[credit.Who], credit.Points),
            Reverse reverse => DoReverse(_people[reverse.Who], reverse.Pick),
            Override limits => DoOverride(_people[limits.Who], limits),
            MarkRead read => DoMarkRead(_people[read.Who], read.UpTo),
            Wait wait => Leap(wait.By.Ticks / 10),
            WaitForMidnight wait => Leap(Day - ((_clock + _offset) % Day) + wait.Microseconds),
            _ => throw new ArgumentException("There is no such step.", nameof(step)),
        };

        /// <summary>Returns the observable state as text.</summary>
        public string Standing() => string.Join('\n',
        [
            $"messages: {string.Join(' ', _messages.Select((message, index) => Describe(index + 1, message)))}",
            .. _people.Select(person =>
            {
                var (sent, left, next) = Today(person);

                return $"sent {sent}, left {left}, next {next}, read {person.Read}, balance {person.Balance}, "
                    + $"ledger: {string.Join(' ', person.Ledger.Select(line => line.Amount))}";
            }),
        ]);

        private static string Describe(int number, (long CreatedAt, int? Hours, long? Reply) message) =>
            $"{number}/{number} at {message.CreatedAt} until {(message.Hours is { } value ? message.CreatedAt + (value * Hour) : "ever")} "
            + $"to {message.Reply}";

        private (int Sent, int Left, long Next) Today(Person person)
        {
            var sent = person.SentOn.GetValueOrDefault(DayOf(person));
            var left = Math.Max(0, (person.Limit ?? FreePerDay) - sent);

            return (sent, left, left > 0 ? 0 : person.Price ?? Price);
        }

        /// <summary>Returns today, or the latest day with a count if the clock has moved back before it.</summary>
        private long DayOf(Person person) => person.SentOn.Keys.Append((_clock + _offset) / Day).Max();

        private string DoSend(Person person, Send send)
        {
            var (sent, _, price) = Today(person);
            if (send.Reply is < 1 || send.Reply > _messages.Count)
                return "message.reply_out_of_range";

            if (price > send.MaxPoints)
                return "payment.consent_required";

            if (price > person.Balance)
                return "wallet.insufficient_balance";

            person.SentOn[DayOf(person)] = sent + 1;
            _lastActivity = Math.Max(_clock, _lastActivity + 1);
            _messages.Add((_lastActivity, send.Hours, send.Reply));
            if (price == 0)
                return "free";

            person.Ledger.Add((-price, IsReversal: false));

            return $"paid {price}";
        }

        private static string DoCredit(Person person, long points)
        {
            if (points is < 1 or > 1_000_000_000_000)
                return "wallet.invalid_amount";

            person.Ledger.Add((points, IsReversal: false));

            return "credited";
        }

        private static string DoReverse(Person person, int pick)
        {
            if (person.Ledger.Count == 0)
                return "nothing to reverse";

            var index = pick % person.Ledger.Count;
            var (amount, isReversal) = person.Ledger[index];
            if (isReversal)
                return "wallet.not_reversible";

            if (person.Reversed.Contains(index))
                return "wallet.already_reversed";

            if (person.Balance - amount < 0)
                return "wallet.reversal_exceeds_balance";

            person.Reversed.Add(index);
            person.Ledger.Add((-amount, IsReversal: true));

            return "reversed";
        }

        private static string DoOverride(Person person, Override limits)
        {
            if (limits.Limit is < 0 or > 1_000_000 || limits.Price is < 0 or > 1_000_000)
                return "quota.out_of_range";

            person.Limit = limits.Limit;
            person.Price = limits.Price;

            return "overridden";
        }

        private string DoMarkRead(Person person, long upTo)
        {
            var reached = Math.Min(upTo, _messages.Count);
            if (reached <= person.Read)
                return "not read";

            person.Read = reached;

            return "read";
        }

        private string Leap(long microseconds)
        {
            _clock += microseconds;

            return "waited";
        }

        private sealed class Person
        {
            public Dictionary<long, int> SentOn { get; } = [];

            public List<(long Amount, bool IsReversal)> Ledger { get; } = [];

            public HashSet<int> Reversed { get; } = [];

            public int? Limit { get; set; }

            public long? Price { get; set; }

            public long Read { get; set; }

            public long Balance => Ledger.Sum(line => line.Amount);
        }
    }

    /// <summary>Applies the same steps to the aggregates, and describes their state in the same format.</summary>
    private sealed class RealThing
    {
        private readonly Conversation _conversation;
        private readonly QuotaPolicy _policy;
        private readonly User[] _users = [Given.Investor, Given.Startup];
        private readonly MessageQuota[] _quotas;
        private readonly Wallet[] _wallets;
        private readonly List<Message> _messages = [];

        public RealThing(Run run, DateTimeOffset now)
        {
            var zone = TimeZoneInfo.CreateCustomTimeZone("Test", TimeSpan.FromHours(run.ZoneHours), "Test", "Test");
            _policy = new QuotaPolicy(3, 10, zone);
            _conversation = Conversation.Start(_users[0], _users[1], price: 0, agreed: null, now);
            _quotas = [.. _users.Select(user => MessageQuota.Open(user.Id))];
            _wallets = [.. _users.Select(user => Wallet.Open(user.Id, run.Grant, now))];
        }

        public string Do(Step step, DateTimeOffset now)
        {
            try
            {
                return Outcome(step, now);
            }
            catch (DomainException rejection)
            {
                return rejection.Error.Code;
            }
        }

        /// <inheritdoc cref="PlainModel.Standing"/>
        public string Standing(DateTimeOffset now) => string.Join('\n',
        [
            $"messages: {string.Join(' ', _messages.Select(Describe))}",
            .. _users.Select((user, who) =>
            {
                var quota = _quotas[who].StatusAt(_policy, now);

                return $"sent {quota.MessagesSentToday}, left {quota.RemainingFree}, next {quota.NextPrice}, "
                    + $"read {_conversation.LastReadSequenceOf(user.Id)}, balance {_wallets[who].Balance}, "
                    + $"ledger: {string.Join(' ', _wallets[who].NewTransactions.Select(line => line.Amount))}";
            }),
        ]);

        /// <summary>Verifies the invariants that hold at the end of any run, independently of the model.</summary>
        public void ShouldBeSound()
        {
            _messages.Select(message => message.Sequence).ShouldBe(Enumerable.Range(1, _messages.Count).Select(number => (long)number));
            _messages.ShouldAllBe(message => message.Revision == message.Sequence);
            _messages.Zip(_messages.Skip(1)).ShouldAllBe(pair => pair.First.CreatedAt < pair.Second.CreatedAt);
            _messages.Select(message => message.Id).ShouldBeUnique();
            _conversation.LastSequence.ShouldBe(_messages.Count);
            _conversation.Revision.ShouldBe(_messages.Count);
            _conversation.NewReadMarks.GroupBy(mark => mark.UserId)
                .ShouldAllBe(marks => marks.Zip(marks.Skip(1)).All(pair => pair.First.UpToSequence < pair.Second.UpToSequence));
            foreach (var wallet in _wallets)
                ShouldBeExplainedByItsLines(wallet);
        }

        private static void ShouldBeExplainedByItsLines(Wallet wallet)
        {
            var balance = 0L;
            var number = 0L;
            foreach (var line in wallet.NewTransactions)
            {
                balance += line.Amount;
                number += 1;
                line.BalanceAfter.ShouldBe(balance);
                line.BalanceAfter.ShouldBeGreaterThanOrEqualTo(0);
                line.Number.ShouldBe(number);
                line.Amount.ShouldNotBe(0);
            }

            wallet.Balance.ShouldBe(balance);
            wallet.LastNumber.ShouldBe(number);
            wallet.NewTransactions.Where(line => line.ReversesId is not null).Select(line => line.ReversesId).ShouldBeUnique();
        }

        private static string Describe(Message message) =>
            $"{message.Sequence}/{message.Revision} at {Microseconds(message.CreatedAt)} "
            + $"until {(message.ExpiresAt is { } expiresAt ? Microseconds(expiresAt) : "ever")} to {message.ReplyToSequence}";

        private static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / 10;

        private string Outcome(Step step, DateTimeOffset now)
        {
            switch (step)
            {
                case Send send:
                    var draft = new MessageDraft(new UserId(_users[send.Who].Id), "Hello", send.Hours, replyToSequence: send.Reply);
                    var message = Message.Send(
                        _conversation, _quotas[send.Who], _wallets[send.Who], _policy, draft, send.MaxPoints, now);
                    _messages.Add(message);
                    return message.PointsCharged == 0 ? "free" : $"paid {message.PointsCharged}";

                case Credit credit:
                    _wallets[credit.Who].Credit(credit.Points, "Invoice", Given.AdminId, "key", now).Amount.ShouldBe(credit.Points);
                    return "credited";

                case Reverse reverse:
                    return ReverseLine(_wallets[reverse.Who], reverse.Pick, now);

                case Override limits:
                    _quotas[limits.Who].Override(limits.Limit, limits.Price);
                    return "overridden";

                case MarkRead read:
                    return _conversation.MarkRead(_users[read.Who].Id, read.UpTo, now) ? "read" : "not read";

                default:
                    throw new ArgumentException("There is no such step.", nameof(step));
            }
        }

        private static string ReverseLine(Wallet wallet, int pick, DateTimeOffset now)
        {
            if (wallet.NewTransactions.Count == 0)
                return "nothing to reverse";

            var original = wallet.NewTransactions[pick % wallet.NewTransactions.Count];
            var reversedBefore = wallet.NewTransactions.Any(line => line.ReversesId == original.Id);
            wallet.Reverse(original, reversedBefore, "Mistake", Given.AdminId, now).Amount.ShouldBe(-original.Amount);

            return "reversed";
        }
    }
}
