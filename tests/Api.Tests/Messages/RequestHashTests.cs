using System.Net;
using System.Text;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages;

/// <summary>Tests late retries of sends whose message has changed, with and without the keys outside of the database.</summary>
public sealed class RequestHashTests(TestPostgres postgres) : IAsyncLifetime
{
    private readonly List<ApiServer> _servers = [];
    private readonly Guid _clientMessageId = Guid.CreateVersion7();

    private ApiServer _server = null!;
    private TestUser _investor = null!;
    private Guid _conversationId;

    public async ValueTask InitializeAsync()
    {
        _server = await ApiServer.StartAsync(postgres, Plain(TestKeys.Settings("one")));
        (_investor, _, _conversationId) = await _server.RegisterPairAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task SendMessage_RepeatedAfterAnEdit_IsReplayedForTheTextThatWasSentOnly()
    {
        var id = await SendAsync();
        (await StoredHashAsync()).ShouldBeNull();

        (await _investor.EditAsync(id, "First", version: 0)).Expect(HttpStatusCode.OK);

        var hash = (await StoredHashAsync()).ShouldNotBeNull();
        hash.Length.ShouldBe(32 + 3);
        Encoding.ASCII.GetString(hash[32..]).ShouldBe("one");
        (await ShouldBeReplayedAsync(_investor, "Frist")).Data.Content().ShouldBe("First");
        await ShouldBeRejectedAsync(_investor, "First");
        await ShouldBeRejectedAsync(_investor, "Other");
        (await _investor.EditAsync(id, "First!", version: 1)).Expect(HttpStatusCode.OK);
        (await StoredHashAsync()).ShouldBe(hash);
        (await ShouldBeReplayedAsync(_investor, "Frist")).Data.Content().ShouldBe("First!");
        (await ShouldBeReplayedAsync(_investor, "Frist")).Body.GetRawText().ShouldNotContain("hash", Case.Insensitive);
        await _server.ShouldAddUpAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SendMessage_RepeatedAfterADeletion_IsReplayedForTheTextThatWasSentOnly(bool isEditedFirst)
    {
        var id = await SendAsync();
        if (isEditedFirst)
            (await _investor.EditAsync(id, "First", version: 0)).Expect(HttpStatusCode.OK);

        (await _investor.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK);

        await ShouldBeReplayedAsync(_investor, "Frist");
        await ShouldBeRejectedAsync(_investor, "First");
        (await _investor.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK);
        await ShouldBeReplayedAsync(_investor, "Frist");
    }

    [Fact]
    public async Task SendMessage_RepeatedAfterAnEarlierExpiry_IsComparedWithWhatWasAskedFor()
    {
        var id = await SendAsync(expirationHours: 24);
        (await _investor.ExpireSoonerAsync(id, 1)).Expect(HttpStatusCode.OK);
        (await StoredHashAsync()).ShouldNotBeNull();
        (await _investor.EditAsync(id, "First", version: 0)).Expect(HttpStatusCode.OK);

        await ShouldBeReplayedAsync(_investor, "Frist", expirationHours: 24);
        await ShouldBeRejectedAsync(_investor, "First", expirationHours: 24);
        await ShouldBeRejectedAsync(_investor, "Frist", expirationHours: 1);
        await ShouldBeRejectedAsync(_investor, "Frist");
    }

    /// <summary>The retries are concurrent, so that they are decided in batches.</summary>
    [Fact]
    public async Task SendMessage_RepeatedInParallelAfterAnEdit_IsDecidedEachByItsOwnText()
    {
        var id = await SendAsync();
        (await _investor.EditAsync(id, "First", version: 0)).Expect(HttpStatusCode.OK);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(number => number % 2 == 0
            ? ShouldBeReplayedAsync(_investor, "Frist")
            : ShouldBeRejectedAsync(_investor, "First")));

        (await _server.QueryAsync<long>("SELECT count(*) FROM messages")).ShouldBe(1);
    }

    [Fact]
    public async Task SendMessage_RepeatedAfterTheRingWasRotated_IsStillCompared()
    {
        var id = await SendAsync();
        (await _investor.EditAsync(id, "First", version: 0)).Expect(HttpStatusCode.OK);
        var rotated = await AsOnAnotherServerAsync(TestKeys.Settings("two", "one"));

        await ShouldBeReplayedAsync(rotated, "Frist");
        await ShouldBeRejectedAsync(rotated, "First");
        (await rotated.EditAsync(id, "First!", version: 1)).Expect(HttpStatusCode.OK);
        Encoding.ASCII.GetString((await StoredHashAsync())!.AsSpan(32)).ShouldBe("one");
        await ShouldBeRejectedAsync(rotated, "First");
    }

    /// <summary>Without the key, the text is not compared, but everything else is.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SendMessage_RepeatedAfterTheKeyWasRemoved_ComparesAllButTheText(bool hasAnotherKey)
    {
        var id = await SendAsync(expirationHours: 24);
        (await _investor.EditAsync(id, "First", version: 0)).Expect(HttpStatusCode.OK);
        var later = await AsOnAnotherServerAsync(hasAnotherKey ? TestKeys.Settings("two") : []);

        await ShouldBeReplayedAsync(later, "Frist", expirationHours: 24);
        await ShouldBeReplayedAsync(later, "Other", expirationHours: 24);
        await ShouldBeRejectedAsync(later, "Frist", expirationHours: 1);
        await ShouldBeRejectedAsync(_investor, "Other", expirationHours: 24);
    }

    /// <summary>The hash of an edited text must not be stored as that of the text that was sent.</summary>
    [Fact]
    public async Task SendMessage_RepeatedAfterAFirstEditWithoutAKey_IsReplayedForTheTextThatWasSent()
    {
        var without = await AsOnAnotherServerAsync([]);
        var id = await SendAsync();
        (await without.EditAsync(id, "First", version: 0)).Expect(HttpStatusCode.OK);

        (await _investor.EditAsync(id, "First!", version: 1)).Expect(HttpStatusCode.OK);

        (await StoredHashAsync()).ShouldBeNull();
        await ShouldBeReplayedAsync(_investor, "Frist");
    }

    [Fact]
    public async Task EditMessage_WithAKeyFile_StoresAHashUnderItsActiveKey()
    {
        var folder = Directory.CreateTempSubdirectory("keys-");
        try
        {
            var file = Path.Combine(folder.FullName, "keys.json");
            await File.WriteAllTextAsync(
                file,
                $$"""{ "Encryption": { "ActiveKey": "file", "Keys": [{ "Id": "file", "Value": "{{TestKeys.ValueOf("file")}}" }] } }""",
                TestContext.Current.CancellationToken);
            var user = await AsOnAnotherServerAsync(new() { ["Encryption:KeyFile"] = file });
            var id = await SendAsync();

            (await user.EditAsync(id, "First", version: 0)).Expect(HttpStatusCode.OK);

            Encoding.ASCII.GetString((await StoredHashAsync())!.AsSpan(32)).ShouldBe("file");
            await ShouldBeRejectedAsync(user, "First");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<Guid> SendAsync(int? expirationHours = null) =>
        (await SendAsync(_investor, "Frist", expirationHours)).Expect(HttpStatusCode.Created).Data.Id();

    private Task<Answer> SendAsync(TestUser user, string content, int? expirationHours) => expirationHours is null
        ? user.SendAsync(_conversationId, content, _clientMessageId)
        : user.PostAsync(
            "/api/messages/send",
            new { conversationId = _conversationId, content, expirationHours, clientMessageId = _clientMessageId });

    private async Task<Answer> ShouldBeReplayedAsync(TestUser user, string content, int? expirationHours = null)
    {
        var answer = (await SendAsync(user, content, expirationHours)).Expect(HttpStatusCode.OK);
        answer.Header("Idempotency-Replayed").ShouldBe("true");

        return answer;
    }

    private async Task<Answer> ShouldBeRejectedAsync(TestUser user, string content, int? expirationHours = null) =>
        (await SendAsync(user, content, expirationHours)).ExpectError(HttpStatusCode.UnprocessableEntity, "message.client_id_reused");

    /// <summary>Starts a server with other keys on the same database, and returns the investor with a client of it.</summary>
    private async Task<TestUser> AsOnAnotherServerAsync(Dictionary<string, string?> settings)
    {
        var server = await ApiServer.StartAsync(postgres, Plain(settings), _server.ConnectionString);
        _servers.Add(server);

        return server.As(_investor);
    }

    /// <summary>Texts are not encrypted, because the tests remove the keys.</summary>
    private static Dictionary<string, string?> Plain(Dictionary<string, string?> settings) =>
        new(settings) { ["Encryption:Messages"] = "false" };

    private async Task<byte[]?> StoredHashAsync() =>
        await _server.QueryAsync<object>("SELECT request_hash FROM messages") as byte[];
}
