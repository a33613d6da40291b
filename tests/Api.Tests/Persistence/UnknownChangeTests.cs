using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>
/// Tests changes whose connection breaks at COMMIT: each is published once if it was committed, and not at all if it was rolled back and
/// another device has done the same.
/// </summary>
public sealed class UnknownChangeTests(ProxiedServerFixture fixture) : IClassFixture<ProxiedServerFixture>
{
    private const long FirstReactionRevision = 2;

    private readonly ApiServer _server = fixture.Server;
    private readonly CountingProxy _proxy = fixture.Proxy;

    public static TheoryData<string, string> Changes => new()
    {
        { "edit", "MessageChanged" },
        { "delete", "MessageDeleted" },
        { "react", "MessageChanged" },
        { "unreact", "MessageChanged" },
        { "default", "ExpirationChanged" },
        { "hide", "PersonalChanged" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Change_AnswerToCommitLost_IsPublishedOnce(string kind, string name)
    {
        var (investor, conversationId, messageId) = await SentAsync();
        await using var listener = await investor.ConnectAsync();
        await listener.JoinAsync(conversationId);
        var cuts = _proxy.Cuts;

        _proxy.CutAtCommit(CommitCut.Answer);
        (await ChangeAsync(investor, kind, conversationId, messageId)).Expect(HttpStatusCode.OK);

        (_proxy.Cuts - cuts).ShouldBe(1);
        (await NumbersAsync(listener, investor, conversationId, name)).ShouldHaveSingleItem();
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Change_RolledBackWhileAnotherDeviceDoesTheSame_IsPublishedByThatOneOnly(string kind, string name)
    {
        var (investor, conversationId, messageId) = await SentAsync();
        var otherDevice = fixture.Direct.As(investor);
        await using var listener = await investor.ConnectAsync();
        await listener.JoinAsync(conversationId);

        _proxy.CutAtCommit(
            CommitCut.Request,
            beforeResponse: async () => (await ChangeAsync(otherDevice, kind, conversationId, messageId)).Expect(HttpStatusCode.OK));
        (await ChangeAsync(investor, kind, conversationId, messageId)).Expect(HttpStatusCode.OK);

        // The other device uses another server, whose events do not reach this one. These two kinds have the same event on both devices.
        (await NumbersAsync(listener, investor, conversationId, name)).Count.ShouldBe(kind is "hide" or "default" ? 1 : 0);
        listener.Unread("SyncNeeded").ShouldBeEmpty();
    }

    [Fact]
    public async Task Edit_EveryCommitLost_MayBeRepeatedWithoutAKey()
    {
        var (investor, _, messageId) = await SentAsync();
        await using var listener = await investor.ConnectAsync();

        _proxy.CutAtCommit(CommitCut.Request, times: 4);
        var edited = await investor.EditAsync(messageId, "Edited", version: 0);

        edited.ExpectError(HttpStatusCode.ServiceUnavailable, "storage.outcome_unknown");
        edited.Body.GetProperty("retryable").GetBoolean().ShouldBeTrue();
        var title = edited.Body.GetProperty("title").GetString().ShouldNotBeNull();
        title.ShouldContain("repeating it does no harm");
        title.ShouldNotContain("key");

        // Waits for it, because it must not reach the connections of the next test.
        await listener.NextAsync("SyncNeeded");
        (await investor.EditAsync(messageId, "Edited", version: 0)).Expect(HttpStatusCode.OK);
    }

    /// <summary>Tests a number that another change has taken: an event with it would close a gap that exists.</summary>
    [Fact]
    public async Task RemoveReaction_RolledBackAndFollowedByOtherChanges_NotifiesClientsToSync()
    {
        var (investor, conversationId, messageId) = await SentAsync();
        var otherDevice = fixture.Direct.As(investor);
        await using var listener = await investor.ConnectAsync();
        await listener.JoinAsync(conversationId);

        var otherChanges = new List<Answer>();
        _proxy.CutAtCommit(
            CommitCut.Request,
            beforeResponse: async () =>
            {
                otherChanges.Add(await otherDevice.EditAsync(messageId, "Edited", version: 0));
                otherChanges.Add(await otherDevice.UnreactAsync(messageId));
            });
        (await investor.UnreactAsync(messageId)).Expect(HttpStatusCode.OK);
        otherChanges.Count.ShouldBe(2);
        foreach (var change in otherChanges)
            change.Expect(HttpStatusCode.OK);

        await listener.NextAsync("SyncNeeded");
        (await NumbersAsync(listener, investor, conversationId, "MessageChanged")).ShouldBeEmpty();
    }

    private static Task<Answer> ChangeAsync(TestUser user, string kind, Guid conversationId, Guid messageId) => kind switch
    {
        "edit" => user.EditAsync(messageId, "Edited", version: 0),
        "delete" => user.DeleteMessageAsync(messageId),
        "react" => user.ReactAsync(messageId, "🎉"),
        "unreact" => user.UnreactAsync(messageId),
        "default" => user.SetExpirationAsync(conversationId, 24),
        _ => user.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { messageId } }),
    };

    /// <summary>
    /// Returns the revisions of all events with a name. A later message in the same queue, and its own list update, follow them.
    /// </summary>
    private static async Task<IReadOnlyList<long>> NumbersAsync(TestConnection listener, TestUser user, Guid conversationId, string name)
    {
        if (name == "PersonalChanged")
            return await PersonalNumbersAsync(listener, user, conversationId);

        var last = (await user.SendAsync(conversationId, "Last")).Expect(HttpStatusCode.Created).Data.Id();
        (await user.ReactAsync(last, "🎉")).Expect(HttpStatusCode.OK);
        var events = new List<JsonElement>();
        await listener.NextAsync(
            "MessageChanged",
            changed =>
            {
                var isLast = changed.GetProperty("message").Id() == last;
                if (!isLast && name == "MessageChanged")
                    events.Add(changed);

                return isLast;
            });
        events.AddRange(listener.Unread(name));

        // The event of the reaction at the beginning can arrive after the join.
        return [.. events.SelectMany(RevisionsOf).Where(revision => name != "MessageChanged" || revision > FirstReactionRevision)];
    }

    /// <summary>
    /// Returns the revisions of all events about hidden messages. A further change follows them in their queue. An event has the current
    /// state, so that of the hidden message can already contain the further change.
    /// </summary>
    private static async Task<IReadOnlyList<long>> PersonalNumbersAsync(TestConnection listener, TestUser user, Guid conversationId)
    {
        (await user.PutAsync($"/api/conversations/{conversationId}/pin")).Expect(HttpStatusCode.OK);
        var revisions = new List<long>();
        await listener.NextAsync(
            "PersonalChanged",
            changed =>
            {
                if (changed.GetProperty("hidden").GetArrayLength() > 0)
                    revisions.AddRange(RevisionsOf(changed));

                return changed.GetProperty("personal").GetProperty("pinnedAt").ValueKind != JsonValueKind.Null;
            });

        return revisions;
    }

    private static IEnumerable<long> RevisionsOf(JsonElement changed)
    {
        if (changed.TryGetProperty("revisions", out var revisions))
            return revisions.EnumerateArray().Select(revision => revision.GetInt64());

        var numbered = changed.TryGetProperty("deleted", out var deleted) ? deleted
            : changed.TryGetProperty("personal", out var personal) ? personal : changed;

        return [numbered.GetProperty("revision").GetInt64()];
    }

    /// <summary>Sends a message with a reaction of its sender.</summary>
    private async Task<(TestUser Investor, Guid ConversationId, Guid MessageId)> SentAsync()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var messageId = (await investor.SendAsync(conversationId, "Text")).Expect(HttpStatusCode.Created).Data.Id();
        (await investor.ReactAsync(messageId, "👍")).Expect(HttpStatusCode.OK);

        return (investor, conversationId, messageId);
    }
}
