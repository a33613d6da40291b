using CleanMessaging.WebClient.Conversations;

namespace CleanMessaging.Client.Tests.Pages;

public sealed class ConversationRowTests
{
    private static readonly IReadOnlyList<Conversation> _list = [At(1, 90), At(2, 80), At(3, 70)];

    [Fact]
    public void Of_AListWithoutUnsentMessages_IsTheList() => ShouldBe(ConversationRow.Of(_list, []), (1, null), (2, null), (3, null));

    [Fact]
    public void Of_AListWithAMessageThatWaits_HasItsConversationWhereTheMessageWillPutIt()
    {
        ShouldBe(ConversationRow.Of(_list, [Unsent(3, 95)]), (3, "95"), (1, null), (2, null));
        ShouldBe(ConversationRow.Of(_list, [Unsent(3, 85)]), (1, null), (3, "85"), (2, null));
        ShouldBe(ConversationRow.Of(_list, [Unsent(3, 60)]), (1, null), (2, null), (3, "60"));
    }

    [Fact]
    public void Of_AListWithSeveralUnsentMessages_OrdersThemByTheNewest() =>
        ShouldBe(ConversationRow.Of(_list, [Unsent(2, 95), Unsent(3, 96), Unsent(2, 97)]), (2, "97"), (3, "96"), (1, null));

    [Fact]
    public void Of_AConversationWithARejectedMessage_ShowsThatRatherThanTheOnesThatWait() =>
        ShouldBe(ConversationRow.Of(_list, [Unsent(1, 95, isRejected: true), Unsent(1, 96)]), (1, "95"), (2, null), (3, null));

    [Fact]
    public void Of_UnsentMessagesOfAConversationThatIsNotListed_LeavesThemOut() =>
        ShouldBe(ConversationRow.Of(_list, [Unsent(9, 99)]), (1, null), (2, null), (3, null));

    private static Conversation At(int number, int at) => Given.Conversation(number, Given.Message(at));

    private static QueuedMessage Unsent(int conversation, int at, bool isRejected = false) =>
        new(
            Guid.CreateVersion7(),
            Given.Ines.Id,
            Given.IdOf(conversation),
            $"{at}",
            null,
            null,
            Given.Noon.AddSeconds(at),
            isRejected ? new SendFailure("x.y", "No.") : null);

    private static void ShouldBe(IReadOnlyList<ConversationRow> rows, params (int Number, string? Unsent)[] expected) =>
        rows.Select(row => (row.Conversation.Id, row.Unsent?.Content))
            .ShouldBe(expected.Select(one => (Given.IdOf(one.Number), one.Unsent)));
}
