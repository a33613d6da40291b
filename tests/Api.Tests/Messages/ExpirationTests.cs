using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Api.Tests.Messages;

/// <summary>Tests the default expiration of a conversation, and the earlier expiry of a message.</summary>
public sealed class ExpirationTests(TestPostgres postgres, ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task SetDefaultExpiration_ByEither_IsTheSameOnEveryReadPath()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Before")).Expect(HttpStatusCode.Created);
        await using var connection = await investor.ConnectAsync();
        var before = await connection.JoinAsync(conversationId);
        (Default(before), SetBy(before)).ShouldBe((null, null));

        var answer = (await startup.SetExpirationAsync(conversationId, 24)).Expect(HttpStatusCode.OK).Data;

        (Default(answer), SetBy(answer)).ShouldBe((24, startup.Id));
        answer.GetProperty("revision").GetInt64().ShouldBe(2);
        answer.GetRawText().ShouldBe((await startup.GetAsync($"/api/conversations/{conversationId}")).Data.GetRawText());
        var listed = (await investor.GetAsync("/api/conversations")).Data[0];
        (Default(listed), SetBy(listed)).ShouldBe((24, startup.Id));
        var joined = await connection.JoinAsync(conversationId);
        (Default(joined), SetBy(joined)).ShouldBe((24, startup.Id));
        var synced = await investor.PostAsync("/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = 1 } } });
        var changes = synced.Data.GetProperty("conversations")[0];
        (Default(changes), SetBy(changes)).ShouldBe((24, startup.Id));
        changes.GetProperty("recovered").GetBoolean().ShouldBeTrue();
        changes.GetProperty("messages").GetArrayLength().ShouldBe(0);
        var changed = await connection.NextAsync("ExpirationChanged");
        changed.Members().ShouldBe(["conversationId", "revision", "defaultExpirationHours", "byUserId"]);
        changed.GetProperty("conversationId").GetGuid().ShouldBe(conversationId);
        changed.GetProperty("revision").GetInt64().ShouldBe(2);
        Default(changed).ShouldBe(24);
        changed.GetProperty("byUserId").GetGuid().ShouldBe(startup.Id);
        var updated = await connection.NextAsync("ConversationUpdated", payload => Default(payload.GetProperty("conversation")) == 24);
        SetBy(updated.GetProperty("conversation")).ShouldBe(startup.Id);
        updated.GetProperty("conversation").GetProperty("lastMessage").GetProperty("expiresAt").ValueKind.ShouldBe(JsonValueKind.Null);
        Default((await startup.PostAsync("/api/conversations/create", new { receiverId = investor.Id })).Expect(HttpStatusCode.OK).Data).ShouldBe(24);

        // The same value of the other participant changes nothing; a removal does.
        SetBy((await investor.SetExpirationAsync(conversationId, 24)).Data).ShouldBe(startup.Id);
        (await investor.SendAsync(conversationId, "Later")).Expect(HttpStatusCode.Created);
        SetBy((await investor.GetAsync($"/api/conversations/{conversationId}")).Data).ShouldBe(startup.Id);
        SetBy((await investor.SetExpirationAsync(conversationId, null)).Data).ShouldBe(investor.Id);
        SetBy((await startup.GetAsync($"/api/conversations/{conversationId}")).Data).ShouldBe(investor.Id);
    }

    [Fact]
    public async Task SetDefaultExpiration_ToTheSameValueSixteenTimesAtOnce_ChangesOnce()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(number => (number % 2 == 0 ? investor : startup).SetExpirationAsync(conversationId, 24)));

        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK && answer.Data.GetProperty("revision").GetInt64() == 1);
        (await investor.SetExpirationAsync(conversationId, null)).Data.GetProperty("revision").GetInt64().ShouldBe(2);
        (await investor.SetExpirationAsync(conversationId, null)).Data.GetProperty("revision").GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task SetDefaultExpiration_WithAnInvalidRequestOrByANonParticipant_IsRejected()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var (foreigner, _, _) = await _server.RegisterPairAsync();

        foreach (var hours in new[] { 0, -1, 8761 })
            (await investor.SetExpirationAsync(conversationId, hours)).FaultsOf("expirationHours").ShouldBe(["conversation.invalid_expiration"]);
        (await investor.PutAsync($"/api/conversations/{conversationId}/expiration", new { })).FaultsOf("expirationHours").ShouldBe(["malformed"]);
        (await foreigner.SetExpirationAsync(conversationId, 24)).ExpectError(HttpStatusCode.NotFound, "conversation.not_found");
        Default((await investor.GetAsync($"/api/conversations/{conversationId}")).Data).ShouldBeNull();
    }

    [Fact]
    public async Task SendMessage_InAConversationWithADefault_TakesItUnlessTheSenderChooses()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Warms up")).Expect(HttpStatusCode.Created);

        // The rows of the sender are cached from here on; the default must apply nevertheless.
        (await startup.SetExpirationAsync(conversationId, 24)).Expect(HttpStatusCode.OK);
        HoursOf(await investor.SendAsync(conversationId, "By default")).ShouldBe(24);
        HoursOf(await investor.SendExpiringAsync(conversationId, "Chosen", 1)).ShouldBe(1);
        HoursOf(await SendForeverAsync(investor, conversationId, Guid.CreateVersion7())).ShouldBeNull();
        (await startup.SetExpirationAsync(conversationId, 1)).Expect(HttpStatusCode.OK);
        HoursOf(await investor.SendAsync(conversationId, "By another default")).ShouldBe(1);
        (await startup.SetExpirationAsync(conversationId, null)).Expect(HttpStatusCode.OK);
        HoursOf(await investor.SendAsync(conversationId, "Without")).ShouldBeNull();

        (await investor.PostAsync("/api/messages/send", new { conversationId, content = "Both", expirationHours = 1, neverExpires = true }))
            .FaultsOf("neverExpires").ShouldBe(["message.expiration_ambiguous"]);
    }

    [Fact]
    public async Task SendMessage_RepeatedUnderAnotherDefault_ReturnsTheFirstResult()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var (early, byDefault, never) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var first = (await investor.SendAsync(conversationId, "Text", early)).Expect(HttpStatusCode.Created).Data;
        (await startup.SetExpirationAsync(conversationId, 24)).Expect(HttpStatusCode.OK);
        var second = (await investor.SendAsync(conversationId, "Text", byDefault)).Expect(HttpStatusCode.Created).Data;
        var third = (await SendForeverAsync(investor, conversationId, never)).Expect(HttpStatusCode.Created).Data;

        foreach (var hours in new int?[] { 1, null })
        {
            (await startup.SetExpirationAsync(conversationId, hours)).Expect(HttpStatusCode.OK);
            (await investor.SendAsync(conversationId, "Text", early)).Expect(HttpStatusCode.OK).Data.GetRawText().ShouldBe(first.GetRawText());
            (await investor.SendAsync(conversationId, "Text", byDefault)).Expect(HttpStatusCode.OK).Data.GetRawText().ShouldBe(second.GetRawText());
            (await SendForeverAsync(investor, conversationId, never)).Expect(HttpStatusCode.OK).Data.GetRawText().ShouldBe(third.GetRawText());
            (await SendForeverAsync(investor, conversationId, byDefault))
                .ExpectError(HttpStatusCode.UnprocessableEntity, "message.client_id_reused");
        }
    }

    /// <summary>
    /// Every message has the default of the moment at which it was stored: that of the latest change with a lower revision. Both users send,
    /// so that sends are decided in batches on rows that a change makes out of date.
    /// </summary>
    [Fact]
    public async Task SendMessage_WhileTheDefaultIsSwitched_TakesTheOneOfItsRevision()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = 1000 WHERE user_id IN ('{investor.Id}', '{startup.Id}')");
        var defaults = new SortedDictionary<long, int?> { [0] = null };
        var messages = new List<(long Revision, int? Hours)>();
        for (var round = 0; round < 6; round++)
        {
            var hours = round % 3 == 2 ? null : (int?)((round * 7) + 1);
            var change = startup.SetExpirationAsync(conversationId, hours);
            var sends = Enumerable.Range(0, 12).Select(number => (number % 2 == 0 ? investor : startup).SendAsync(conversationId, $"Message {number}"));
            foreach (var sent in await Task.WhenAll(sends))
                messages.Add((sent.Expect(HttpStatusCode.Created).Data.GetProperty("revision").GetInt64(), HoursOf(sent)));
            defaults[(await change).Expect(HttpStatusCode.OK).Data.GetProperty("revision").GetInt64()] = hours;
        }

        foreach (var (revision, hours) in messages)
            hours.ShouldBe(defaults.Last(change => change.Key < revision).Value, $"revision {revision}");
        messages.Select(message => message.Revision).Concat(defaults.Keys).Order()
            .ShouldBe(Enumerable.Range(0, 79).Select(revision => (long)revision));
    }

    [Fact]
    public async Task ExpireMessageSooner_ByTheSender_MovesTheExpiryOnEveryReadPath()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var key = Guid.CreateVersion7();
        var sent = (await investor.SendAsync(conversationId, "Text", key)).Data;
        await using var connection = await startup.ConnectAsync();
        await connection.JoinAsync(conversationId);
        server.Clock.FreezeAt(sent.Instant("createdAt").AddMinutes(1));

        var sooner = (await investor.ExpireSoonerAsync(sent.Id(), 1)).Expect(HttpStatusCode.OK).Data;

        var expiresAt = sent.Instant("createdAt").AddMinutes(61);
        sooner.Instant("expiresAt").ShouldBe(expiresAt);
        sooner.GetProperty("revision").GetInt64().ShouldBe(2);
        sooner.GetProperty("editedAt").ValueKind.ShouldBe(JsonValueKind.Null);
        var changed = await connection.NextAsync("MessageChanged");
        changed.GetProperty("message").GetRawText().ShouldBe(sooner.GetRawText());
        changed.GetProperty("revisions").EnumerateArray().Select(revision => revision.GetInt64()).ShouldBe([2]);
        var joined = await connection.Hub.InvokeAsync<JsonElement>(
            "Join", new { conversationId, sinceRevision = 1 }, TestContext.Current.CancellationToken);
        joined.GetProperty("messages")[0].GetRawText().ShouldBe(sooner.GetRawText());
        (await investor.SendAsync(conversationId, "Text", key)).Expect(HttpStatusCode.OK).Data.GetRawText().ShouldBe(sooner.GetRawText());

        (await investor.ExpireSoonerAsync(sent.Id(), 1)).ExpectError(HttpStatusCode.Conflict, "message.expiration_only_earlier")
            .Body.Instant("expiresAt").ShouldBe(expiresAt);
        server.Clock.FreezeAt(expiresAt.AddMicroseconds(-1));
        investor = await server.LogInAsync(investor.Email);
        startup = await server.LogInAsync(startup.Email);
        (await startup.ReadPageAsync(conversationId)).ShouldBe(["Text"]);
        server.Clock.FreezeAt(expiresAt);
        (await startup.ReadPageAsync(conversationId)).ShouldBeEmpty();
        (await startup.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("lastMessage").ValueKind.ShouldBe(JsonValueKind.Null);
        (await startup.GetAsync("/api/conversations/unread")).Data.GetProperty("messages").GetInt32().ShouldBe(0);
        (await investor.ExpireSoonerAsync(sent.Id(), 1)).ExpectError(HttpStatusCode.NotFound, "message.not_found");
        (await investor.SendAsync(conversationId, "Text", key)).Expect(HttpStatusCode.OK).Data.Content().ShouldBeNull();
    }

    [Fact]
    public async Task ExpireMessageSooner_ByAnotherUserOrWithAnInvalidRequest_IsRejected()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var (foreigner, _, _) = await _server.RegisterPairAsync();
        var id = (await investor.SendExpiringAsync(conversationId, "Text", 24)).Data.Id();

        (await startup.ExpireSoonerAsync(id, 1)).ExpectError(HttpStatusCode.Forbidden, "message.not_yours");
        (await foreigner.ExpireSoonerAsync(id, 1)).ExpectError(HttpStatusCode.NotFound, "message.not_found");
        (await investor.ExpireSoonerAsync(id, 24)).ExpectError(HttpStatusCode.Conflict, "message.expiration_only_earlier");
        foreach (var hours in new[] { 0, -1, 8761 })
            (await investor.ExpireSoonerAsync(id, hours)).FaultsOf("expirationHours").ShouldBe(["message.invalid_earlier_expiration"]);
        (await investor.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("revision").GetInt64().ShouldBe(1);
    }

    /// <summary>Of many requests at once, each accepted one is earlier than the one before it.</summary>
    [Fact]
    public async Task ExpireMessageSooner_ManyTimesAtOnce_NeverMovesTheExpiryBack()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendExpiringAsync(conversationId, "Text", 1000)).Data.Id();

        var answers = await Task.WhenAll(
            Enumerable.Range(1, 24).Select(number => number % 4 == 0 ? startup.ReactAsync(id, "👍") : investor.ExpireSoonerAsync(id, number * 10)));

        var accepted = answers.Where(answer => answer.Status == HttpStatusCode.OK).Select(answer => answer.Data)
            .OrderBy(message => message.GetProperty("revision").GetInt64()).ToList();
        accepted.Select(message => message.Instant("expiresAt")).ShouldBe(accepted.Select(message => message.Instant("expiresAt")).OrderDescending());
        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK || answer.Status == HttpStatusCode.Conflict);
        var stored = (await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Data[0];
        stored.Instant("expiresAt").ShouldBe(accepted[^1].Instant("expiresAt"));
        stored.GetProperty("reactions").GetArrayLength().ShouldBe(1);
    }

    private static Guid? SetBy(JsonElement json) =>
        json.GetProperty("defaultExpirationSetBy") is { ValueKind: JsonValueKind.String } userId ? userId.GetGuid() : null;

    private static int? Default(JsonElement json) =>
        json.GetProperty("defaultExpirationHours") is { ValueKind: JsonValueKind.Number } hours ? hours.GetInt32() : null;

    private static int? HoursOf(Answer sent)
    {
        var message = sent.Data;

        return message.GetProperty("expiresAt").ValueKind == JsonValueKind.Null
            ? null
            : (int)(message.Instant("expiresAt") - message.Instant("createdAt")).TotalHours;
    }

    private static Task<Answer> SendForeverAsync(TestUser sender, Guid conversationId, Guid clientMessageId) =>
        sender.PostAsync("/api/messages/send", new { conversationId, content = "Never", neverExpires = true, clientMessageId });
}
