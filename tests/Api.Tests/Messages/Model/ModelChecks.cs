using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages.Model;

/// <summary>Compares what the server shows to the users with the plain model.</summary>
internal sealed class ModelChecks(ModelRun run)
{
    private static readonly string[] _filters = ["inbox", "pinned", "archived", "all"];

    private readonly Dictionary<(Guid User, Guid Conversation), RecoveryChecks> _recoveries = [];

    private DateTimeOffset Now => run.Now;

    /// <summary>Compares a few answers of each kind, chosen at random.</summary>
    public async Task CheckSomeAsync()
    {
        foreach (var (user, conversation) in Views().Where(view => view.Conversation == run.Conversations[0] || run.Chance(30)))
        {
            await CheckWholeAsync(user, conversation, isThorough: false);
            var anchor = run.Random.NextInt64(conversation.LastSequence + 2);
            await CheckPageAsync(user, conversation, run.Random.Next(4), anchor, run.Random.Next(1, 5));
            await CheckVersionsAsync(user, conversation);
        }

        foreach (var user in run.Users.Take(2))
        {
            await CheckListAsync(user, run.Pick(_filters), limit: 100);
            await CheckUnreadAsync(user);
        }
    }

    /// <summary>Compares everything: walks through all pages, all lists, and the recovery from every earlier revision.</summary>
    public async Task CheckAllAsync()
    {
        await CheckRecoveriesAsync();
        foreach (var (user, conversation) in Views())
        {
            await WalkAsync(user, conversation, isNewer: false);
            await WalkAsync(user, conversation, isNewer: true);
            await CheckPageAsync(user, conversation, 2, run.Random.NextInt64(conversation.LastSequence + 2), run.Random.Next(1, 5));
        }

        foreach (var user in run.Users)
        {
            foreach (var filter in _filters)
                await CheckListAsync(user, filter, limit: run.Pick([1, 100]));

            await CheckUnreadAsync(user);
        }
    }

    /// <summary>Compares the recovery from every earlier revision, and what the events have led to.</summary>
    public async Task CheckRecoveriesAsync()
    {
        foreach (var listener in run.Listeners)
            await listener.CheckAsync();
        foreach (var (user, conversation) in Views())
            await CheckWholeAsync(user, conversation, isThorough: true);
    }

    /// <summary>Returns the users with the conversations that they see. The third user only sends.</summary>
    private IEnumerable<(ModelUser User, PlainConversation Conversation)> Views() =>
        from conversation in run.Conversations
        from user in run.Users.Take(2)
        where conversation.Participants.Any(one => one.UserId == user.Id)
        select (user, conversation);

    private async Task<Answer> GetAsync(ModelUser user, string path) =>
        (await (await run.Pick(user.Devices).UserAsync()).GetAsync(path)).Expect(HttpStatusCode.OK);

    /// <summary>Compares a page with everything, the conversation, a lookup of everything, and the recovery.</summary>
    private async Task CheckWholeAsync(ModelUser user, PlainConversation conversation, bool isThorough)
    {
        var viewer = conversation.Of(user.Id);
        var page = await GetAsync(user, $"/api/messages?conversationId={conversation.Id}&limit=100");
        ShouldBe(Description.OfPage(page.Body), Description.OfPage(conversation, PlainPage.Newest(conversation, viewer, 100, Now)), user, "page");
        var position = await GetAsync(user, $"/api/conversations/{conversation.Id}");
        ShouldBe(Description.OfConversation(position.Data), Description.OfConversation(conversation, viewer, Now), user, "conversation");
        await LookUpAsync(user, conversation, viewer);

        if (!_recoveries.TryGetValue((user.Id, conversation.Id), out var recovery))
            _recoveries.Add((user.Id, conversation.Id), recovery = new RecoveryChecks(run, user, conversation));

        await recovery.CheckAsync(page.Body, position.Data, isThorough);
    }

    private async Task LookUpAsync(ModelUser user, PlainConversation conversation, PlainParticipant viewer)
    {
        var from = Math.Max(1, conversation.LastSequence - run.Random.Next(60));
        var sequences = Enumerable.Range(0, 50).Select(index => from + index).ToList();
        var found = await GetAsync(user, $"/api/messages/lookup?conversationId={conversation.Id}&sequences={string.Join(',', sequences)}");
        var expected = conversation.VisibleTo(viewer, Now).Where(one => sequences.Contains(one.Sequence)).Select(one => Description.OfMessage(conversation, one));
        ShouldBe(Description.Lines(found.Data.EnumerateArray().Select(Description.OfMessage)), Description.Lines(expected), user, $"lookup from #{from}");
    }

    /// <param name="kind">0 before a sequence, 1 after it, 2 around it, 3 before its message.</param>
    private async Task CheckPageAsync(ModelUser user, PlainConversation conversation, int kind, long anchor, int limit)
    {
        var viewer = conversation.Of(user.Id);
        var message = conversation.Messages.Find(one => one.Sequence == anchor);
        var (query, expected) = kind switch
        {
            1 => ($"afterSequence={anchor}", PlainPage.After(conversation, viewer, anchor, limit, Now)),
            2 => ($"around={anchor}", PlainPage.Around(conversation, viewer, anchor, limit, Now)),
            3 when message is not null => ($"before={message.Id}", PlainPage.Before(conversation, viewer, anchor, limit, Now)),
            _ => ($"beforeSequence={anchor}", PlainPage.Before(conversation, viewer, anchor, limit, Now)),
        };
        var page = await GetAsync(user, $"/api/messages?conversationId={conversation.Id}&limit={limit}&{query}");
        ShouldBe(Description.OfPage(page.Body), Description.OfPage(conversation, expected), user, $"page {query} of {limit}");
    }

    /// <summary>Walks from one end to the other. The walk must meet every message and every tombstone once.</summary>
    private async Task WalkAsync(ModelUser user, PlainConversation conversation, bool isNewer)
    {
        var viewer = conversation.Of(user.Id);
        var limit = run.Random.Next(2, 8);
        var met = new List<string>();
        var query = isNewer ? "&afterSequence=0" : "";
        for (long? end = 0; end is not null;)
        {
            var page = await GetAsync(user, $"/api/messages?conversationId={conversation.Id}&limit={limit}{query}");
            met.AddRange(page.Data.EnumerateArray().Select(Description.OfMessage));
            met.AddRange(page.Body.GetProperty("deleted").EnumerateArray().Select(Description.OfTombstone));
            var info = page.Body.GetProperty("page");
            end = !info.GetProperty(isNewer ? "hasMoreAfter" : "hasMoreBefore").GetBoolean()
                ? null
                : info.GetProperty(isNewer ? "newestSequence" : "oldestSequence").GetInt64();
            query = $"&{(isNewer ? "afterSequence" : "beforeSequence")}={end}";
        }

        var expected = conversation.VisibleTo(viewer, Now).Select(one => Description.OfMessage(conversation, one))
            .Concat(conversation.Messages.Where(one => viewer.SeesDeletionOf(one, Now)).Select(Description.OfTombstone));
        ShouldBe(Description.Lines(met.Order(StringComparer.Ordinal)), Description.Lines(expected.Order(StringComparer.Ordinal)), user, $"walk by {limit}, newer {isNewer}");
    }

    private async Task CheckVersionsAsync(ModelUser user, PlainConversation conversation)
    {
        if (conversation.Messages.Count == 0)
            return;

        var message = run.Pick(conversation.Messages);
        var answer = await (await run.Pick(user.Devices).UserAsync()).GetAsync($"/api/messages/{message.Id}/versions");
        if (!conversation.Of(user.Id).Sees(message, Now))
        {
            answer.ExpectError(HttpStatusCode.NotFound, "message.not_found");

            return;
        }

        var expected = message.EarlierTexts.Append((Text: message.Content, At: message.EditedAt ?? message.CreatedAt))
            .Select((one, number) => Description.Join(number, one.Text, one.At));
        var versions = answer.Expect(HttpStatusCode.OK).Data.EnumerateArray()
            .Select(one => Description.Values(one, "number", "content", "writtenAt"));
        ShouldBe(Description.Lines(versions), Description.Lines(expected), user, $"versions of #{message.Sequence}");
    }

    private async Task CheckListAsync(ModelUser user, string filter, int limit)
    {
        var listed = new List<JsonElement>();
        for (var query = ""; query is not null;)
        {
            var page = await GetAsync(user, $"/api/conversations?filter={filter}&limit={limit}{query}");
            listed.AddRange(page.Data.EnumerateArray());
            query = page.NextCursor() is { } cursor ? $"&cursor={Uri.EscapeDataString(cursor)}" : null;
        }

        var expected =
            from conversation in run.Conversations
            let viewer = conversation.Participants.SingleOrDefault(one => one.UserId == user.Id)
            where viewer is not null && !viewer.IsDeleted(conversation.LastSequence)
            let isArchived = viewer.IsArchived(conversation.LastSequence)
            where filter switch { "inbox" => !isArchived, "archived" => isArchived, "pinned" => viewer.PinnedAt is not null, _ => true }
            orderby conversation.LastActivityAt descending, conversation.Id.ToString() descending
            select Description.OfConversation(conversation, viewer, Now);
        ShouldBe(Description.Lines(listed.Select(Description.OfConversation)), Description.Lines(expected), user, $"list of {filter}");
    }

    private async Task CheckUnreadAsync(ModelUser user)
    {
        var totals = (await GetAsync(user, "/api/conversations/unread")).Data;
        var counts =
            from conversation in run.Conversations
            let viewer = conversation.Participants.SingleOrDefault(one => one.UserId == user.Id)
            where viewer is not null
            let unread = conversation.UnreadOf(viewer, Now)
            where unread > 0
            select (Unread: unread, IsArchived: viewer.IsArchived(conversation.LastSequence));
        var archived = counts.Where(one => one.IsArchived).ToList();
        var inbox = counts.Where(one => !one.IsArchived).ToList();
        ShouldBe(
            Description.Values(totals, "conversations", "messages", "archivedConversations", "archivedMessages"),
            Description.Join(inbox.Count, inbox.Sum(one => one.Unread), archived.Count, archived.Sum(one => one.Unread)),
            user,
            "unread totals");
    }

    private static void ShouldBe(string actual, string expected, ModelUser user, string what) => actual.ShouldBe(expected, $"{what}, seen by {user.Name}");
}
