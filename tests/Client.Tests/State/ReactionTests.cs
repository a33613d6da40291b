using System.Text.Json;

namespace CleanMessaging.Client.Tests.State;

/// <summary>Tests how the reducer applies reactions, and what the session reports of them.</summary>
public sealed class ReactionTests
{
    private static readonly JsonSerializerOptions _web = new(JsonSerializerDefaults.Web);

    private readonly ReducedConversation _conversation = new();

    public ReactionTests() => _conversation.Load(Given.Numbers(3), Given.Page(Given.Messages(1, 3)), Given.Noon);

    [Fact]
    public void Receive_AReaction_ReplacesTheMessageAndReportsIt()
    {
        var reacted = Reacted(2, revision: 4, (Given.Ines.Id, "👍"));

        Report(reacted).ShouldBe([new MessageChanged(reacted), new ReactionChanged(reacted, Given.Ines.Id, "👍")]);

        _conversation.Messages[1].ShouldBe(reacted);
        (_conversation.Revision, _conversation.HasGap).ShouldBe((4, false));
    }

    [Fact]
    public void Receive_SeveralChangesAtOnce_ReportsEachUsersReactionOnce()
    {
        Report(Reacted(2, revision: 5, (Given.Ines.Id, "👍"), (Given.Stan.Id, "👀")));
        var later = Reacted(2, revision: 9, (Given.Stan.Id, "👎"));

        Report(later).ShouldBe(
            [new MessageChanged(later), new ReactionChanged(later, Given.Ines.Id, null), new ReactionChanged(later, Given.Stan.Id, "👎")]);
    }

    [Fact]
    public void Receive_AnEditOfAReactedMessage_ReportsNoReaction()
    {
        Report(Reacted(2, revision: 4, (Given.Ines.Id, "👍")));
        var edited = Reacted(2, revision: 5, (Given.Ines.Id, "👍")) with { Content = "Edited", Version = 1 };

        Report(edited).ShouldBe([new MessageChanged(edited)]);
    }

    [Fact]
    public void Receive_OfANewMessageWithReactions_ReportsOnlyTheMessage()
    {
        var late = Reacted(4, revision: 5, (Given.Ines.Id, "👍"));

        Report(late).ShouldBe([new MessageAdded(late)]);
    }

    [Fact]
    public void Receive_AnOlderReaction_ChangesNothing()
    {
        var latest = Reacted(2, revision: 5, (Given.Ines.Id, "👎"));
        Report(latest);

        Report(Reacted(2, revision: 4, (Given.Ines.Id, "👍"))).ShouldBeEmpty();

        _conversation.Messages[1].ShouldBe(latest);
        _conversation.HasGap.ShouldBeFalse();
    }

    /// <summary>An event stands for all changes that the server has combined.</summary>
    [Fact]
    public void Receive_AnEventWithSeveralRevisions_LeavesNoGap()
    {
        var change = new MessageReceived(Reacted(2, revision: 7, (Given.Ines.Id, "👍")), Given.Noon) { Revisions = [4, 5, 6, 7] };

        _conversation.Apply(change);

        (_conversation.Revision, _conversation.HasGap).ShouldBe((7, false));
    }

    [Fact]
    public void Delete_OfAReactedMessage_IsFinal()
    {
        _conversation.Apply(new DeletionReceived(Given.Deleted(2, revision: 5)));

        Report(Reacted(2, revision: 4, (Given.Ines.Id, "👍"))).ShouldBeEmpty();

        _conversation.Messages.Count.ShouldBe(2);
        _conversation.HasGap.ShouldBeFalse();
    }

    [Fact]
    public void Message_OfAnEarlierServer_HasNoReactions()
    {
        var json = JsonSerializer.Serialize(Given.Message(1), _web);
        var earlier = json.Replace(",\"reactions\":[]", "", StringComparison.Ordinal);

        earlier.ShouldNotBe(json);
        JsonSerializer.Deserialize(earlier, MessagingJson.Default.Message).ShouldBe(Given.Message(1));
        JsonSerializer.Deserialize(json, MessagingJson.Default.Message).ShouldBe(Given.Message(1));
    }

    private List<SessionChange> Report(Message message)
    {
        var before = _conversation.State;
        var change = new MessageReceived(message, Given.Noon) { Revisions = [.. Given.Sequences(4, message.Revision)] };
        _conversation.Apply(change);

        return [.. ChangeReport.Between(Given.ConversationId, before, _conversation.State, change)];
    }

    private static Message Reacted(long sequence, long revision, params (Guid UserId, string Emoji)[] reactions) =>
        Given.Message(sequence, revision) with
        {
            Reactions = [.. reactions.Select(reaction => new Reaction(reaction.UserId, reaction.Emoji, Given.Noon))],
        };
}
