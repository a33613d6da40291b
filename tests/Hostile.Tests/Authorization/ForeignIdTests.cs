using System.Diagnostics;
using System.Text.RegularExpressions;
using CleanMessaging.Hostile.Tests.Requests;
using CleanMessaging.Hostile.Tests.Wire;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Hostile.Tests.Authorization;

/// <summary>Tests that resources of other users are indistinguishable from resources that do not exist.</summary>
public sealed partial class ForeignIdTests(HostileServerFixture fixture) : IClassFixture<HostileServerFixture>
{
    /// <summary>
    /// Members whose ids are not secret: users that the caller can start a conversation with, and ids that a client generates itself.
    /// </summary>
    private static readonly string[] _public = ["receiverId", "clientMessageId", "clientUploadId"];

    [Fact]
    public async Task Places_OfIds_AreFoundInEveryKindOfRequest()
    {
        var places = IdPlace.AllOf(fixture.Description).Select(place => place.ToString()).ToList();

        places.ShouldContain("GET /api/conversations/{id} id");
        places.ShouldContain("GET /api/messages before");
        places.ShouldContain("GET /api/messages/lookup conversationId");
        places.ShouldContain("POST /api/messages/search conversationId");
        places.ShouldContain("POST /api/messages/send conversationId");
        places.ShouldContain("POST /api/messages/send attachmentIds");
        places.ShouldContain("POST /api/messages/read messageIds");
        places.ShouldContain("POST /api/sync conversationId");
        await fixture.ShouldBeUnaffectedAsync();
    }

    /// <summary>
    /// Tests each place for an id: the other two users send an id of the Investor or Startup, and an id that does not exist.
    /// </summary>
    [Fact]
    public async Task ForeignId_ComparedWithAnUnknownOne_GetsTheVerySameAnswer()
    {
        var faults = new List<string>();
        var compared = 0;
        foreach (var place in IdPlace.AllOf(fixture.Description).Where(place => !_public.Contains(place.Name)))
        {
            foreach (var caller in new[] { fixture.Cast.OtherInvestor, fixture.Cast.OtherStartup })
            {
                var sample = await OwnSampleAsync(place, caller);
                var foreign = ForeignIdFor(place);
                var unknown = Guid.CreateVersion7().ToString();
                var ofForeign = await AnswerAsync(place, sample, foreign);
                var ofUnknown = await AnswerAsync(place, sample, unknown);
                compared++;
                if (ofForeign != ofUnknown)
                    faults.Add($"{place} by {caller.DisplayName}: {ofForeign} for a foreign one, {ofUnknown} for an unknown one");
            }
        }

        compared.ShouldBeGreaterThan(20);
        faults.ShouldBeEmpty();
        await fixture.ShouldBeUnaffectedAsync();
    }

    /// <summary>
    /// Tests every id that the Investor, the Startup or the Admin has received, in every place for an id of every operation.
    /// </summary>
    [Fact]
    public async Task ForeignIds_ReplayedByOthers_GetNothing()
    {
        var ids = await NotifiedIdsAsync();
        ids.Count.ShouldBeGreaterThan(5);
        var faults = new List<string>();
        foreach (var place in IdPlace.AllOf(fixture.Description).Where(place => !_public.Contains(place.Name)))
        {
            var sample = await OwnSampleAsync(place, fixture.Cast.OtherInvestor);
            var rows = await fixture.Server.CountsAsync();
            foreach (var id in ids)
            {
                var answer = (await fixture.SendAsync(place.Put(sample, id).ToRequest())).ShouldNotBeNull();
                var nothing = place.Operation.Id switch
                {
                    "syncConversations" => IsEmpty(answer, "conversations"),
                    "createMediaLinks" => IsEmpty(answer, "links"),
                    "searchMessages" when place.Name == "senderId" => answer.Text.Contains("\"data\":[]", StringComparison.Ordinal),
                    _ => answer.Status is >= 400 and < 500,
                };
                if (!nothing)
                    faults.Add($"{place} with {id}: {answer}");
            }

            (await fixture.Server.CountsAsync()).ShouldBe(rows, place.ToString());
        }

        faults.ShouldBeEmpty();
        await fixture.ShouldBeUnaffectedAsync();
    }

    /// <summary>
    /// Tests that the response time does not reveal whether an id exists. The requests alternate, so that other load on the machine affects
    /// both in the same way.
    /// </summary>
    [LongTheory]
    [InlineData("getConversation", "id")]
    [InlineData("getMessages", "conversationId")]
    [InlineData("lookUpMessages", "conversationId")]
    [InlineData("searchMessages", "conversationId")]
    [InlineData("sendMessage", "conversationId")]
    [InlineData("markRead", "conversationId")]
    [InlineData("markPlayed", "messageId")]
    [InlineData("editMessage", "id")]
    [InlineData("deleteMessage", "id")]
    [InlineData("getUpload", "id")]
    [InlineData("openAttachment", "id")]
    [InlineData("expireMessageSooner", "id")]
    [InlineData("setDefaultExpiration", "id")]
    [InlineData("reactToMessage", "id")]
    [InlineData("removeReaction", "id")]
    public async Task ForeignId_ComparedWithAnUnknownOne_TakesTheSameTime(string operationId, string name)
    {
        var place = IdPlace.AllOf(fixture.Description).Single(place => place.Operation.Id == operationId && place.Name == name);
        var sample = await OwnSampleAsync(place, fixture.Cast.OtherInvestor);
        var foreign = place.Put(sample, ForeignIdFor(place)).ToRequest().ToBytes();
        var unknown = place.Put(sample, Guid.CreateVersion7().ToString()).ToRequest().ToBytes();
        await using var connection = new WireConnection(fixture.Server.Address);
        var times = new List<(double Foreign, double Unknown)>();
        for (var round = 0; round < 120; round++)
            times.Add((await TimeAsync(connection, foreign), await TimeAsync(connection, unknown)));

        var difference = Median(times.Skip(20).Select(time => time.Foreign - time.Unknown));

        // The limit is in milliseconds; on a busy machine it is proportional to the usual duration of a request.
        Math.Abs(difference).ShouldBeLessThan(Math.Max(5, Median(times.Skip(20).Select(time => time.Unknown)) / 2));
    }

    private static bool IsEmpty(WireAnswer answer, string list) =>
        answer.Status == 200 && answer.Json.GetProperty("data").GetProperty(list).GetArrayLength() == 0;

    private static async Task<double> TimeAsync(WireConnection connection, byte[] request)
    {
        var started = Stopwatch.GetTimestamp();
        (await connection.SendAsync(request)).ShouldNotBeNull().Status.ShouldBe(404);

        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();

        return sorted[sorted.Count / 2];
    }

    /// <summary>Creates a request in which every id except the one under test belongs to the caller.</summary>
    private async Task<Sample> OwnSampleAsync(IdPlace place, TestUser caller)
    {
        var sample = (await fixture.SampleOfAsync(place.Operation)).As(caller);
        foreach (
            var other in IdPlace.AllOf(fixture.Description)
                .Where(other => other.Operation == place.Operation && other.Name == "conversationId"))
        {
            sample = other.Put(sample, fixture.Cast.OtherConversationId.ToString());
        }

        // Contains message ids only when they are the place under test.
        return place.Name == "conversationId" && sample.Body?.ContainsKey("messageIds") == true
            ? sample.With(body => body.Remove("messageIds"))
            : sample;
    }

    private string ForeignIdFor(IdPlace place)
    {
        if (
            place.Operation.Parameters.All(
                parameter => parameter.GetProperty("name").GetString() != place.Name || parameter.GetProperty("in").GetString() != "path"))
        {
            return fixture.Cast.IdOf(place.Name).ShouldNotBeNull(place.ToString()).ToString();
        }

        return place.Operation.Path switch
        {
            var path when path.Contains("/conversations/", StringComparison.Ordinal) => fixture.Cast.ConversationId.ToString(),
            var path when path.Contains("/messages/", StringComparison.Ordinal) => fixture.Cast.MessageId.ToString(),
            var path when path.Contains("/wallet-transactions/", StringComparison.Ordinal) => fixture.Cast.TransactionId.ToString(),
            var path when path.Contains("/uploads/", StringComparison.Ordinal) => fixture.Cast.UploadId.ToString(),
            var path when path.Contains("/attachments/", StringComparison.Ordinal) => fixture.Cast.SentAttachmentId.ToString(),
            _ => fixture.Cast.Startup.Id.ToString(),
        };
    }

    /// <summary>Returns status, relevant headers and body, without the id and without the member that differs between requests.</summary>
    private async Task<string> AnswerAsync(IdPlace place, Sample sample, string id)
    {
        var answer = (await fixture.SendAsync(place.Put(sample, id).ToRequest())).ShouldNotBeNull();
        var headers = string.Join(' ', answer.Headers.Keys.Where(header => header != "Date").Order(StringComparer.Ordinal));

        return $"{answer.Status} {headers} {ServerTime().Replace(answer.WithoutTrace(), "").Replace(id, "the id", StringComparison.Ordinal)}";
    }

    private async Task<IReadOnlyCollection<string>> NotifiedIdsAsync()
    {
        var ids = new HashSet<string>();
        foreach (
            var operation in fixture.Description.Operations.Where(
                operation => operation.NeedsToken && operation.Id is not ("logOut" or "changePassword" or "deactivateUser" or "cancelUpload")))
        {
            var sample = await fixture.SampleOfAsync(operation);
            foreach (
                var caller in operation.Path.StartsWith("/api/admin/", StringComparison.Ordinal)
                    ? [fixture.Cast.Admin]
                    : new[] { fixture.Cast.Investor, fixture.Cast.Startup })
            {
                var answer = (await fixture.SendAsync(sample.As(caller).ToRequest())).ShouldNotBeNull();
                if (answer.IsSuccess)
                    ids.UnionWith(Id().Matches(answer.Text).Select(match => match.Value));
            }
        }

        // The ids of the other users are excluded, because those users receive them themselves: their own ids are in lists of users.
        ids.ExceptWith([fixture.Cast.OtherInvestor.Id.ToString(), fixture.Cast.OtherStartup.Id.ToString(), fixture.Cast.OtherConversationId.ToString()]);

        return ids;
    }

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
    private static partial Regex Id();

    [GeneratedRegex("\"serverTime\":\"[^\"]*\"")]
    private static partial Regex ServerTime();
}
