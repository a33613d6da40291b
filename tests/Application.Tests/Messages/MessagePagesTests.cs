using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Application.Tests.Messages;

public sealed class MessagePagesTests
{
    private static readonly DateTimeOffset _noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);
    private static readonly ResponseBudget _enough = new(1_000_000);

    [Theory]
    [InlineData(5, 1, "5", true, true)]
    [InlineData(5, 2, "4-5", true, true)]
    [InlineData(5, 3, "4-6", true, true)]
    [InlineData(5, 4, "3-6", true, true)]
    [InlineData(5, 9, "1-9", false, true)]
    [InlineData(5, 10, "1-10", false, false)]
    [InlineData(5, 11, "1-10", false, false)]
    [InlineData(1, 3, "1-3", false, true)]
    [InlineData(0, 3, "1-3", false, true)]
    [InlineData(10, 3, "8-10", true, false)]
    [InlineData(11, 3, "8-10", true, false)]
    [InlineData(long.MaxValue, 3, "8-10", true, false)]
    public void Around_TenMessages_TakesTheNearestOnBothSides(long sequence, int limit, string expected, bool moreBefore, bool moreAfter)
    {
        var page = MessagePages.Around(Nearest(Enumerable.Range(1, 10), [], sequence, limit), limit, _enough);

        var sequences = page.Messages.Select(message => message.Sequence).ToList();
        (sequences.Count == 1 ? $"{sequences[0]}" : $"{sequences[0]}-{sequences[^1]}").ShouldBe(expected);
        page.Page.ShouldBe(new MessagePageInfo(moreBefore, moreAfter, sequences[0], sequences[^1]));
    }

    [Fact]
    public void Around_NoMessages_IsEmptyWithAllTombstones()
    {
        var page = MessagePages.Around(Nearest([], [2, 5], 3, 10), 10, _enough);

        page.Messages.ShouldBeEmpty();
        page.Page.ShouldBe(new MessagePageInfo(HasMoreBefore: false, HasMoreAfter: false, null, null));
        page.Deleted.Select(deleted => deleted.Sequence).ShouldBe([2, 5]);
    }

    /// <summary>Tests that a walk from the page in both directions finds each message and tombstone exactly once.</summary>
    [Fact]
    public void Around_ThenWalkedInBothDirections_FindsEverythingOnce()
    {
        for (var seed = 1; seed <= 300; seed++)
        {
            var random = new Random(seed);
            var kinds = Enumerable.Range(1, random.Next(0, 25)).Select(sequence => (Sequence: sequence, Kind: random.Next(3))).ToList();
            var visible = kinds.Where(one => one.Kind == 0).Select(one => one.Sequence).ToList();
            var deleted = kinds.Where(one => one.Kind == 1).Select(one => one.Sequence).ToList();
            var limit = random.Next(1, 6);
            var budget = random.Next(2) == 0 ? _enough : new ResponseBudget(random.Next(1, 4_000));

            var page = MessagePages.Around(Nearest(visible, deleted, random.Next(0, 28), limit), limit, budget);
            page.Messages.Count.ShouldBeLessThanOrEqualTo(limit);
            var messages = page.Messages.Select(message => message.Sequence).ToList();
            var tombstones = page.Deleted.Select(tombstone => tombstone.Sequence).ToList();
            for (var current = page; current.Page.HasMoreBefore;)
            {
                var anchor = current.Page.OldestSequence!.Value;
                current = MessagePages.NextToAnchor(Side(visible, deleted, one => one < anchor, isOlder: true, limit), isOlder: true, limit, budget);
                messages.InsertRange(0, current.Messages.Select(message => message.Sequence));
                tombstones.InsertRange(0, current.Deleted.Select(tombstone => tombstone.Sequence));
            }

            for (var current = page; current.Page.HasMoreAfter;)
            {
                var anchor = current.Page.NewestSequence!.Value;
                current = MessagePages.NextToAnchor(Side(visible, deleted, one => one > anchor, isOlder: false, limit), isOlder: false, limit, budget);
                messages.AddRange(current.Messages.Select(message => message.Sequence));
                tombstones.AddRange(current.Deleted.Select(tombstone => tombstone.Sequence));
            }

            messages.ShouldBe(visible.Select(sequence => (long)sequence), $"seed {seed}");
            tombstones.ShouldBe(deleted.Select(sequence => (long)sequence), $"seed {seed}");
        }
    }

    [Fact]
    public void TakeFitting_OfItemsOfDifferentSizes_OmitsOnlyThoseThatDoNotFit() =>
        new ResponseBudget(100).TakeFitting([30, 60, 20, 25, 1], size => size, used: 20).ShouldBe([30, 20, 25, 1]);

    private static NearestOnBothSides Nearest(IEnumerable<int> visible, IReadOnlyList<int> deleted, long sequence, int limit) => new(
        Side([.. visible], deleted, one => one < sequence, isOlder: true, limit),
        Side([.. visible], deleted, one => one >= sequence, isOlder: false, limit));

    /// <summary>Returns what the database returns: the nearest messages, one more than the limit.</summary>
    private static NearestMessages Side(IReadOnlyList<int> visible, IReadOnlyList<int> deleted, Func<int, bool> isWithin, bool isOlder, int limit)
    {
        return new NearestMessages(
            [.. Ordered(visible).Take(limit + 1).Select(Message)],
            [.. Ordered(deleted).Select(sequence => new Tombstone(Guid.CreateVersion7(), sequence, sequence, _noon, Tombstone.NameOf(MessageDeleter.Sender), null))],
            IsAnchorKnown: true,
            IsMoreBehind: visible.Any(sequence => !isWithin(sequence)));

        IEnumerable<int> Ordered(IReadOnlyList<int> sequences) =>
            sequences.Where(isWithin).OrderBy(sequence => isOlder ? -sequence : sequence);
    }

    private static MessageResponse Message(int sequence) => new(
        Id: Guid.CreateVersion7(), ConversationId: Guid.Empty, sequence, sequence, SenderId: Guid.Empty, $"Message {sequence}", _noon, _noon,
        ExpiresAt: null, IsRead: false, ReadAt: null, ClientMessageId: null, EditedAt: null, Version: 0, Reactions: [], ReplyToSequence: null, Attachments: [], PlayedAt: null);
}
