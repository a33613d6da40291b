using CleanMessaging.WebClient.Messages;

namespace CleanMessaging.Client.Tests.Pages;

/// <summary>Tests the unread marker for Ines, who reads the messages from Stan.</summary>
public sealed class UnreadMessagesTests
{
    [Fact]
    public void First_OfMessagesOfBoth_IsTheFirstOfTheOtherAfterThePointer()
    {
        Unread([Stan(1), Stan(2), Ines(3), Ines(4), Stan(5), Stan(6)], read: 2).First.ShouldNotBeNull().Sequence.ShouldBe(5);
        Unread([Stan(1), Ines(2)], read: 1).First.ShouldBeNull();
        Unread([], read: 0).First.ShouldBeNull();
    }

    [Fact]
    public void FirstNot_OfMessagesOfWhichSomeWereShown_IsTheFirstOfTheOthers()
    {
        var unread = Unread([Stan(1), Stan(2), Ines(3), Stan(4), Stan(5)], read: 1);

        unread.FirstNot(sequence => sequence == 2).ShouldNotBeNull().Sequence.ShouldBe(4);
        unread.FirstNot(sequence => sequence == 4).ShouldNotBeNull().Sequence.ShouldBe(2);
        unread.FirstNot(_ => true).ShouldBeNull();
    }

    [Fact]
    public void Count_OfMessagesOfBoth_CountsThoseOfTheOtherAfterThePointer()
    {
        var unread = Unread([Stan(1), Stan(2), Ines(3), Stan(5), Stan(9)], read: 1);

        unread.Count.ShouldBe(3);
        unread.CountBefore(9, _ => false).ShouldBe(2);
        unread.CountBefore(9, sequence => sequence == 5).ShouldBe(1);
    }

    [Fact]
    public void ReadableUpTo_WithAllShown_IsTheNewest() =>
        Unread([Stan(1), Stan(2), Ines(3), Stan(4)], read: 1).ReadableUpTo(_ => true).ShouldNotBeNull().Sequence.ShouldBe(4);

    [Fact]
    public void ReadableUpTo_WithOneThatWasNotShown_StopsBeforeIt() =>
        Unread([Stan(1), Stan(2), Stan(3), Stan(4), Stan(5)], read: 1)
            .ReadableUpTo(sequence => sequence != 4)
            .ShouldNotBeNull().Sequence.ShouldBe(3);

    [Fact]
    public void ReadableUpTo_AfterGoingToTheNewest_IsNothing() =>
        Unread([.. Enumerable.Range(41, 80).Select(number => Stan(number))], read: 40)
            .ReadableUpTo(sequence => sequence > 110)
            .ShouldBeNull();

    [Fact]
    public void ReadableUpTo_OfAFewOwnMessages_IsNothingAndOfManyIsTheLast()
    {
        Unread([.. Enumerable.Range(1, 49).Select(number => Ines(number))], read: 0).ReadableUpTo(_ => false).ShouldBeNull();
        Unread([.. Enumerable.Range(1, 50).Select(number => Ines(number))], read: 0)
            .ReadableUpTo(_ => false)
            .ShouldNotBeNull().Sequence.ShouldBe(50);
    }

    [Fact]
    public void ReadableUpTo_WithNothingUnread_IsNothing() => Unread([Stan(1), Stan(2)], read: 2).ReadableUpTo(_ => true).ShouldBeNull();

    private static UnreadMessages Unread(IReadOnlyList<Message> messages, long read) => new(messages, Given.Ines.Id, read);

    private static Message Stan(int sequence) => Given.Message(sequence);

    private static Message Ines(int sequence) => Given.Message(sequence) with { SenderId = Given.Ines.Id };
}
