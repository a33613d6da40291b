using System.Net;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Encryption;

/// <summary>Tests that messages are the same with encryption as without, and that the database has none of their texts.</summary>
public sealed class EncryptedMessagesTests(TestPostgres postgres) : IAsyncLifetime
{
    private const string Secret = "Secret-3f0c";

    private ApiServer _server = null!;
    private TestUser _investor = null!;
    private TestUser _startup = null!;
    private Guid _conversationId;

    public async ValueTask InitializeAsync()
    {
        _server = await ApiServer.StartAsync(postgres, EncryptedServers.Settings("one"));
        _server.AddSecret(Secret);
        (_investor, _startup, _conversationId) = await _server.RegisterPairAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Texts_ThatAreSentEditedAndQuoted_AreReadEverywhereAndStoredNowhere()
    {
        await using var connection = await _startup.ConnectAsync();
        await connection.JoinAsync(_conversationId);
        var sent = (await SendAsync("first")).Data;
        (await connection.NextAsync("NewMessage")).GetProperty("message").Content().ShouldBe($"{Secret} first");

        var edited = (await _investor.EditAsync(sent.Id(), $"{Secret} second", version: 0)).Expect(HttpStatusCode.OK).Data;

        edited.Content().ShouldBe($"{Secret} second");
        (await connection.NextAsync("MessageChanged")).GetProperty("message").Content().ShouldBe($"{Secret} second");
        (await _startup.GetAsync($"/api/messages?conversationId={_conversationId}")).Data[0].GetRawText().ShouldBe(edited.GetRawText());
        (await _startup.GetAsync("/api/conversations")).Data[0].GetProperty("lastMessage").Content().ShouldBe($"{Secret} second");
        (await _startup.GetAsync($"/api/messages/{sent.Id()}/versions")).Data.EnumerateArray().Select(version => version.Content())
            .ShouldBe([$"{Secret} first", $"{Secret} second"]);
        (await SearchAsync("secret-3f0c second")).ShouldBe([$"{Secret} second"]);
        (await SearchAsync("secret-3f0c first")).ShouldBeEmpty();
        (await _server.CountPlainAsync()).ShouldBe(0);
        (await _server.CountRowsWithAsync(Secret)).ShouldBe(0);
        (await _server.CountRowsWithAsync("is_encrypted")).ShouldBe(0);
        (await _server.CountRowsWithAsync(_conversationId.ToString())).ShouldBeGreaterThan(0, "the search finds what is there");
    }

    [Fact]
    public async Task DeleteMessage_ThatWasEdited_LeavesNoText()
    {
        var id = (await SendAsync("first")).Data.Id();
        (await _investor.EditAsync(id, $"{Secret} second", version: 0)).Expect(HttpStatusCode.OK);

        (await _investor.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK);

        (await _server.QueryAsync<long>("SELECT count(*) FROM messages WHERE content <> '' OR is_encrypted")).ShouldBe(0);
        (await _server.QueryAsync<long>("SELECT count(*) FROM message_versions")).ShouldBe(0);
        (await _startup.ReadPageAsync(_conversationId)).ShouldBeEmpty();
    }

    [Fact]
    public async Task SendMessage_Repeated_IsComparedWithTheTextThatWasSent()
    {
        var key = Guid.CreateVersion7();
        var first = (await _investor.SendAsync(_conversationId, $"{Secret} text", key)).Expect(HttpStatusCode.Created);

        var repeated = (await _investor.SendAsync(_conversationId, $"{Secret} text", key)).Expect(HttpStatusCode.OK);

        repeated.Data.GetRawText().ShouldBe(first.Data.GetRawText());
        (await _investor.SendAsync(_conversationId, $"{Secret} other", key)).ExpectError(HttpStatusCode.UnprocessableEntity, "message.client_id_reused");
    }

    [Fact]
    public async Task SendMessage_ManyAtOnceInNewConversations_MakesOneKeyOfEach()
    {
        await using var other = await ApiServer.StartAsync(postgres, EncryptedServers.Settings("one"), _server.ConnectionString);
        var startups = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _server.RegisterStartupAsync()));
        var conversations = await Task.WhenAll(startups.Select(startup => _investor.ConversationWithAsync(startup)));

        var answers = await Task.WhenAll(
            from conversationId in conversations
            from server in new[] { _server, other }
            from number in Enumerable.Range(0, 2)
            select server.As(_investor).SendAsync(conversationId, $"{Secret} {number}"));

        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.Created);
        (await _server.QueryAsync<long>("SELECT count(*) FROM conversation_keys")).ShouldBe(5);
        foreach (var (startup, conversationId) in startups.Zip(conversations))
        {
            (await startup.ReadPageAsync(conversationId)).Count(text => text!.StartsWith(Secret, StringComparison.Ordinal)).ShouldBe(4);
            (await other.As(startup).ReadPageAsync(conversationId)).Count(text => text!.StartsWith(Secret, StringComparison.Ordinal)).ShouldBe(4);
        }
    }

    [Fact]
    public async Task Servers_WithAndWithoutEncryption_ReadAndChangeTheSameMessages()
    {
        await using var plain = await ApiServer.StartAsync(postgres, EncryptedServers.PlainSettings("one"), _server.ConnectionString);
        var (encryptedId, plainId) = (
            (await SendAsync("encrypted")).Data.Id(),
            (await plain.As(_investor).SendAsync(_conversationId, "plain")).Expect(HttpStatusCode.Created).Data.Id());
        (await _server.CountPlainAsync()).ShouldBe(1);

        (await plain.As(_investor).EditAsync(encryptedId, "now plain", version: 0)).Expect(HttpStatusCode.OK);
        (await _investor.EditAsync(plainId, $"{Secret} now encrypted", version: 0)).Expect(HttpStatusCode.OK);

        foreach (var server in new[] { _server, plain })
        {
            (await server.As(_startup).ReadPageAsync(_conversationId)).ShouldBe(["now plain", $"{Secret} now encrypted"], ignoreOrder: true);
            (await VersionsAsync(server, encryptedId)).ShouldBe([$"{Secret} encrypted", "now plain"]);
            (await VersionsAsync(server, plainId)).ShouldBe(["plain", $"{Secret} now encrypted"]);
        }
    }

    /// <summary>The server that reacts does not decrypt for it, so a reaction must leave the stored text as it is.</summary>
    [Fact]
    public async Task ReactToMessage_ThatIsEncrypted_LeavesTheStoredTextAsItIs()
    {
        var id = (await SendAsync("text")).Data.Id();
        var stored = await _server.QueryAsync<string>("SELECT content FROM messages");

        (await _startup.ReactAsync(id, "👍")).Expect(HttpStatusCode.OK);

        (await _server.QueryAsync<string>("SELECT content FROM messages")).ShouldBe(stored);
        (await _startup.ReadPageAsync(_conversationId)).ShouldBe([$"{Secret} text"]);
    }

    /// <summary>What an attacker with write access to the database can try. The rest of the page stays.</summary>
    [Theory]
    [InlineData("UPDATE messages SET content = (SELECT content FROM messages WHERE sequence = 2) WHERE sequence = 1", "another message")]
    [InlineData("UPDATE messages SET sender_id = (SELECT pair_low FROM conversations WHERE pair_low <> sender_id UNION SELECT pair_high FROM conversations WHERE pair_high <> sender_id LIMIT 1) WHERE sequence = 1", "another sender")]
    [InlineData("UPDATE messages SET version = 1, edited_at = now() WHERE sequence = 1", "another edit")]
    [InlineData("UPDATE messages SET content = 'AAAA' || substr(content, 5) WHERE sequence = 1", "another format")]
    [InlineData("UPDATE messages SET content = left(content, 20) || 'AAAA' || substr(content, 25) WHERE sequence = 1", "another ciphertext")]
    public async Task Messages_WhoseRowWasChanged_HaveNoTextAndTheOthersStay(string change, string reason)
    {
        var id = (await SendAsync("one")).Data.Id();
        await SendAsync("two");
        await _server.ExecuteAsync(change);

        (await _startup.ReadPageAsync(_conversationId)).ShouldBe([null, $"{Secret} two"], reason);
        (await SearchAsync(Secret)).ShouldBe([$"{Secret} two"]);
        (await _startup.ReactAsync(id, "👍")).Status.ShouldBe(HttpStatusCode.InternalServerError);
    }

    [Fact]
    public async Task Messages_OfAConversationWithoutItsKey_HaveNoTextAndCanBeDeleted()
    {
        var key = Guid.CreateVersion7();
        var id = (await _investor.SendAsync(_conversationId, $"{Secret} one", key)).Data.Id();
        await _server.ExecuteAsync("DELETE FROM conversation_keys");
        await using var later = await ApiServer.StartAsync(postgres, EncryptedServers.Settings("one"), _server.ConnectionString);
        var (investor, startup) = (later.As(_investor), later.As(_startup));

        (await startup.ReadPageAsync(_conversationId)).ShouldBe([null]);
        (await VersionsAsync(later, id)).ShouldBe([null]);
        (await investor.EditAsync(id, "Other", version: 0)).Status.ShouldBe(HttpStatusCode.InternalServerError);
        (await investor.SendAsync(_conversationId, $"{Secret} one", key)).Status.ShouldBe(HttpStatusCode.InternalServerError);
        (await investor.SendAsync(_conversationId, $"{Secret} two")).Expect(HttpStatusCode.Created);
        (await startup.ReadPageAsync(_conversationId)).ShouldBe([null, $"{Secret} two"]);
        (await investor.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK);
        (await _server.QueryAsync<string>($"SELECT content FROM messages WHERE id = '{id}'")).ShouldBe("");
    }

    /// <summary>
    /// After a failover that lost the key, another server makes another one. A server that still has the lost key in memory must not store
    /// a text under it.
    /// </summary>
    [Fact]
    public async Task SendMessage_AfterTheKeyWasReplaced_IsEncryptedUnderTheStoredKey()
    {
        await SendAsync("lost");
        await _server.ExecuteAsync("DELETE FROM conversation_keys");
        await using var other = await ApiServer.StartAsync(postgres, EncryptedServers.Settings("one"), _server.ConnectionString);
        (await other.As(_startup).SendAsync(_conversationId, $"{Secret} other")).Expect(HttpStatusCode.Created);

        await SendAsync("later");

        (await other.As(_startup).ReadPageAsync(_conversationId)).ShouldBe([null, $"{Secret} other", $"{Secret} later"]);
        (await _startup.ReadPageAsync(_conversationId)).Skip(1).ShouldBe([$"{Secret} other", $"{Secret} later"]);
    }

    /// <summary>A send that cannot be encrypted must not affect the sends of others that are stored in the same batch.</summary>
    [Fact]
    public async Task SendMessage_IntoAConversationWithADamagedKey_AffectsNoOtherSend()
    {
        await SendAsync("text");
        await _server.ExecuteAsync("UPDATE conversation_keys SET encrypted_key = set_byte(encrypted_key, 20, get_byte(encrypted_key, 20) # 1)");
        var (other, otherStartup, otherConversation) = await _server.RegisterPairAsync();
        await other.SendAsync(otherConversation, "Before");

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(number => number % 2 == 0
            ? _investor.SendAsync(_conversationId, $"{Secret} {number}")
            : (number % 4 == 1 ? other : otherStartup).SendAsync(otherConversation, $"Text {number}")));

        answers.Where((_, number) => number % 2 == 0).ShouldAllBe(answer => answer.Status == HttpStatusCode.InternalServerError);
        answers.Where((_, number) => number % 2 == 1).ShouldAllBe(answer => answer.Status == HttpStatusCode.Created);
        (await _server.CountRowsWithAsync(Secret)).ShouldBe(0);
        (await _investor.QuotaAsync()).GetProperty("remainingFree").GetInt32().ShouldBe(19, "a failed send costs nothing");
    }

    /// <summary>The keys in memory are dropped when there are too many. A read still has the ones that it has loaded.</summary>
    [Fact]
    public async Task ReadList_WhileTheKeysInMemoryAreDropped_HasAllTexts()
    {
        await SendAsync("one");
        var second = await _server.RegisterStartupAsync();
        (await _investor.SendAsync(await _investor.ConversationWithAsync(second), $"{Secret} two")).Expect(HttpStatusCode.Created);
        await using var later = await ApiServer.StartAsync(postgres, EncryptedServers.Settings("one"), _server.ConnectionString);
        var encryption = later.Services.GetRequiredService<MessageEncryption>();
        for (var number = 0; number < 49_999; number++)
        {
            var id = Guid.CreateVersion7();
            encryption.TryKeep(id, encryption.CreateKey(id)).ShouldBeTrue();
        }

        (await later.As(_investor).GetAsync("/api/conversations")).Data.EnumerateArray()
            .Select(conversation => conversation.GetProperty("lastMessage").Content()).ShouldBe([$"{Secret} two", $"{Secret} one"]);
    }

    [Fact]
    public async Task EditMessage_WhileAnotherTransactionAddsTheKey_UsesThatKey()
    {
        await using var plain = await ApiServer.StartAsync(postgres, EncryptedServers.PlainSettings("one"), _server.ConnectionString);
        var id = (await plain.As(_investor).SendAsync(_conversationId, "First")).Expect(HttpStatusCode.Created).Data.Id();
        var key = _server.Services.GetRequiredService<MessageEncryption>().CreateKey(_conversationId);
        await using var holder = await LockHolder.HoldAsync(
            _server,
            $"INSERT INTO conversation_keys (conversation_id, encrypted_key) VALUES ('{_conversationId}', decode('{Convert.ToHexString(key)}', 'hex'))");

        var edited = _investor.EditAsync(id, $"{Secret} second", version: 0);
        await holder.WaitForWaitingAsync(1);
        await holder.CommitAsync();

        (await edited).Expect(HttpStatusCode.OK);
        (await _server.QueryAsync<byte[]>("SELECT encrypted_key FROM conversation_keys")).ShouldBe(key);
        (await VersionsAsync(_server, id)).ShouldBe(["First", $"{Secret} second"]);
    }

    private async Task<Answer> SendAsync(string text) =>
        (await _investor.SendAsync(_conversationId, $"{Secret} {text}")).Expect(HttpStatusCode.Created);

    private async Task<IEnumerable<string?>> SearchAsync(string query) =>
        (await _startup.PostAsync("/api/messages/search", new { query })).Expect(HttpStatusCode.OK).Data.EnumerateArray()
            .Select(hit => hit.GetProperty("message").Content());

    private async Task<IEnumerable<string?>> VersionsAsync(ApiServer server, Guid id) =>
        (await server.As(_startup).GetAsync($"/api/messages/{id}/versions")).Expect(HttpStatusCode.OK).Data.EnumerateArray()
            .Select(version => version.Content());
}
