using CleanMessaging.WebClient.Messages;

namespace CleanMessaging.Client.Tests.Pages;

public sealed class ReactionChipTests
{
    private static readonly Message _message = Given.Message(1) with
    {
        Reactions = [new(Given.Stan.Id, "❤", Given.Noon), new(Given.Ines.Id, "👍", Given.Noon.AddMinutes(2))],
        EditedAt = Given.Noon.AddMinutes(1),
    };

    [Fact]
    public void Of_AMessage_HasOneChipForEachEmojiAndMarksThoseBeforeTheEdit() => Of(_message, null).ShouldBe(
        [new("❤", IsOwn: false, IsByOther: true, IsBeforeEdit: true), new("👍", IsOwn: true, IsByOther: false, IsBeforeEdit: false)]);

    [Fact]
    public void Of_AWaitingReaction_ShowsItInPlaceOfTheOwnOne() => Of(_message, new QueuedReaction("❤\uFE0F")).ShouldBe(
        [new("❤", IsOwn: true, IsByOther: true, IsBeforeEdit: false)]);

    [Fact]
    public void Of_AWaitingRemoval_HidesTheOwnReaction() => Of(_message, new QueuedReaction(null)).ShouldBe(
        [new("❤", IsOwn: false, IsByOther: true, IsBeforeEdit: true)]);

    [Fact]
    public void Of_AMessageWithoutReactions_IsEmptyUnlessOneWaits()
    {
        Of(Given.Message(1), null).ShouldBeEmpty();
        Of(Given.Message(1), new QueuedReaction(null)).ShouldBeEmpty();
        Of(Given.Message(1), new QueuedReaction("👍")).ShouldHaveSingleItem().Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(true, true, false, "👍 2: you and Stan")]
    [InlineData(true, false, false, "👍 1: you")]
    [InlineData(false, true, true, "👍 1: Stan, before the edit")]
    public void LabelFor_AName_SaysWhoHasReacted(bool isOwn, bool isByOther, bool isBeforeEdit, string label) =>
        new ReactionChip("👍", isOwn, isByOther, isBeforeEdit).LabelFor("Stan").ShouldBe(label);

    [Fact]
    public void RowsFor_AnEmojiThatIsNotOffered_OffersItToo()
    {
        var shown = Of(_message with { Reactions = [new(Given.Stan.Id, "🦄", Given.Noon), new(Given.Ines.Id, "❤", Given.Noon)] }, null);

        ReactionChoices.RowsFor(shown, isMore: false, allowed: null).Select(row => row.Count).ShouldBe([6, 1]);
        ReactionChoices.RowsFor(shown, isMore: true, allowed: null).Select(row => row.Count).ShouldBe([6, 6, 6, 6, 1]);
        ReactionChoices.RowsFor(shown, isMore: true, allowed: null)[^1].ShouldBe(["🦄"]);
    }

    [Fact]
    public void RowsFor_AServerThatAllowsSomeEmoji_OffersTheseAndTheOwnOneToRemoveIt()
    {
        string[] allowed = ["👍", "👎", "❤️", "🎉", "👏", "🙏", "🚀"];
        var shown = Of(_message with { Reactions = [new(Given.Stan.Id, "🦄", Given.Noon), new(Given.Ines.Id, "🔥", Given.Noon)] }, null);

        ReactionChoices.RowsFor(shown, isMore: false, allowed).ShouldBe([allowed[..6], ["🔥"]]);
        ReactionChoices.RowsFor(shown, isMore: true, allowed).ShouldBe([allowed[..6], [allowed[6]], ["🔥"]]);
        ReactionChoices.HasMore(allowed).ShouldBeTrue();
        ReactionChoices.HasMore(allowed[..6]).ShouldBeFalse();
        ReactionChoices.HasMore(allowed: null).ShouldBeTrue();
        ReactionChoices.IsAllowed("❤", allowed).ShouldBeTrue();
        ReactionChoices.IsAllowed("🦄", allowed).ShouldBeFalse();
    }

    private static IReadOnlyList<ReactionChip> Of(Message message, QueuedReaction? waiting) => ReactionChip.Of(message, Given.Ines.Id, waiting);
}
