using System.Net;
using CleanMessaging.Api.Tests.Attachments.Storage;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Attachments.Storage;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Persistence.Messages;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Encryption;

/// <summary>Tests what dumps, files and earlier backups of the database have of encrypted texts, and the maintenance of texts and keys.</summary>
public sealed class StoredTextTests(TestPostgres postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Without encryption the same search finds the texts in each place, so it would find them with encryption too.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Texts_InDumpFilesAndWriteAheadLog_AreFoundOnlyWithoutEncryption(bool isEncrypted)
    {
        await using var server = await ApiServer.StartAsync(
            postgres, isEncrypted ? EncryptedServers.Settings("one") : EncryptedServers.PlainSettings("one"));
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var (first, second) = (DatabaseCopies.RandomText(), DatabaseCopies.RandomText());

        // Keeps the write-ahead log, which other tests fill too.
        var slot = $"s{Guid.CreateVersion7():N}";
        await server.ExecuteAsync($"SELECT pg_create_physical_replication_slot('{slot}', true)");
        var id = (await investor.SendAsync(conversationId, first)).Expect(HttpStatusCode.Created).Data.Id();
        (await investor.EditAsync(id, second, version: 0)).Expect(HttpStatusCode.OK);
        foreach (var statement in new[] { "SELECT pg_switch_wal()", "CHECKPOINT" })
            await server.ExecuteAsync(statement);

        var data = await server.QueryAsync<string>("SHOW data_directory");
        var files = Path.Combine(data, "base", (await server.QueryAsync<object>("SELECT oid FROM pg_database WHERE datname = current_database()")).ToString()!);

        foreach (var text in new[] { first, second })
        {
            DatabaseCopies.Contains(await DatabaseCopies.DumpAsync(server.ConnectionString), text).ShouldBe(!isEncrypted, "dump");
            DatabaseCopies.FilesOf(files).Any(file => DatabaseCopies.Contains(file, text)).ShouldBe(!isEncrypted, "files of the tables");
            DatabaseCopies.FilesOf(Path.Combine(data, "pg_wal")).Any(file => DatabaseCopies.Contains(file, text)).ShouldBe(!isEncrypted, "write-ahead log");
        }

        await server.ExecuteAsync($"SELECT pg_drop_replication_slot('{slot}')");
    }

    /// <summary>The promise of docs/security.md about backups.</summary>
    [Fact]
    public async Task Backup_RestoredWithTheNewestKeyTable_HasNoTextOfAnErasedConversation()
    {
        await using var server = await ApiServer.StartAsync(postgres, EncryptedServers.Settings("one"));
        var (investor, startup, kept) = await server.RegisterPairAsync();
        var other = await server.RegisterStartupAsync();
        var erased = await investor.ConversationWithAsync(other);
        (await investor.SendAsync(kept, "Kept")).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(erased, "Erased")).Expect(HttpStatusCode.Created);
        var backup = await DatabaseCopies.DumpAsync(server.ConnectionString);

        await server.ExecuteAsync($"DELETE FROM conversation_keys WHERE conversation_id = '{erased}'");
        (await investor.SendAsync(await investor.ConversationWithAsync(await server.RegisterStartupAsync()), "Later")).Expect(HttpStatusCode.Created);
        var newestKeys = await server.QueryAsync<string>(
            "SELECT string_agg(format(E'%s\t\\\\\\\\x%s\n', conversation_id, encode(encrypted_key, 'hex')), '') FROM conversation_keys");

        var restored = await postgres.CreateDatabaseAsync();
        await DatabaseCopies.ExecuteAsync(restored, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
        await DatabaseCopies.RestoreAsync(restored, backup);
        await DatabaseCopies.RestoreAsync(restored, System.Text.Encoding.UTF8.GetBytes(
            $"""
            BEGIN;
            CREATE TEMPORARY TABLE newest (LIKE conversation_keys);
            COPY newest FROM STDIN;
            {newestKeys}\.
            TRUNCATE conversation_keys;
            INSERT INTO conversation_keys SELECT * FROM newest WHERE conversation_id IN (SELECT id FROM conversations);
            COMMIT;

            """));
        await using (var later = await ApiServer.StartAsync(postgres, EncryptedServers.Settings("one"), restored))
        {
            (await later.As(startup).ReadPageAsync(kept)).ShouldBe(["Kept"]);
            (await later.As(other).ReadPageAsync(erased)).ShouldBe([null]);
        }

        await postgres.DropDatabaseAsync(restored);
    }

    [Fact]
    public async Task EncryptTexts_OfTextsFromBefore_EncryptsThemAllAndChangesNothingElse()
    {
        await using var plain = await ApiServer.StartAsync(postgres, EncryptedServers.PlainSettings("one"));
        var (investor, startup, conversationId) = await plain.RegisterPairAsync();
        await plain.FillAsync(conversationId, investor.Id, 1_200);
        var id = (await investor.SendAsync(conversationId, "First")).Data.Id();
        (await investor.EditAsync(id, "Second", version: 0)).Expect(HttpStatusCode.OK);
        var deleted = (await investor.SendAsync(conversationId, "Deleted")).Data.Id();
        (await investor.DeleteMessageAsync(deleted)).Expect(HttpStatusCode.OK);
        var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}&limit=100")).Text;
        var rows = await RowsAsync(plain);
        await using var server = await ApiServer.StartAsync(postgres, EncryptedServers.Settings("one"), plain.ConnectionString);

        var reported = new List<long>();
        (await EncryptionMaintenance.EncryptTextsAsync(server.Services, reported.Add, Token)).ShouldBe(0);

        reported[^1].ShouldBe(1_202);
        (await server.CountPlainAsync()).ShouldBe(0);
        (await RowsAsync(server)).ShouldBe(rows);
        (await server.As(startup).GetAsync($"/api/messages?conversationId={conversationId}&limit=100")).Text.ShouldBe(page);
        (await server.As(startup).GetAsync($"/api/messages/{id}/versions")).Data.EnumerateArray().Select(version => version.Content()).ShouldBe(["First", "Second"]);
        reported.Clear();
        (await EncryptionMaintenance.EncryptTextsAsync(server.Services, reported.Add, Token)).ShouldBe(0);
        reported.ShouldBeEmpty("a second run finds nothing");
    }

    /// <summary>Stops at random, continues, and runs while users send and edit on three servers.</summary>
    [Fact]
    public async Task Maintenance_WhileMessagesAreSentAndEdited_LosesNoText()
    {
        await using var plain = await ApiServer.StartAsync(postgres, EncryptedServers.PlainSettings("two", "one"));
        await using var server = await ApiServer.StartAsync(postgres, EncryptedServers.Settings("one", "two"), plain.ConnectionString);
        await using var rotated = await ApiServer.StartAsync(postgres, EncryptedServers.Settings("two", "one"), plain.ConnectionString);
        var investor = await plain.CreateWithPointsAsync(Domain.Users.UserRole.Investor, 100_000);
        var startup = await plain.RegisterStartupAsync();
        var conversationId = await investor.ConversationWithAsync(startup);
        var expected = new Dictionary<Guid, string>();
        using var ended = new CancellationTokenSource();
        var writing = WriteAsync();

        var random = new Random(7);
        for (var round = 0; round < 12; round++)
        {
            var isForTexts = round % 2 == 0;
            using var stop = new CancellationTokenSource();
            await (isForTexts
                    ? EncryptionMaintenance.EncryptTextsAsync(server.Services, _ => StopAtRandom(), stop.Token)
                    : EncryptionMaintenance.RenewKeysAsync(rotated.Services, _ => StopAtRandom(), stop.Token))
                .ContinueWith(_ => { }, TaskScheduler.Default);

            void StopAtRandom()
            {
                if (random.Next(2) == 0)
                    stop.Cancel();
            }
        }

        await ended.CancelAsync();
        await writing;
        while (await EncryptionMaintenance.EncryptTextsAsync(server.Services, _ => { }, Token) > 0
            || await EncryptionMaintenance.RenewKeysAsync(rotated.Services, _ => { }, Token) > 0)
        {
        }

        (await plain.CountPlainAsync()).ShouldBe(0);
        await using var withoutOld = await ApiServer.StartAsync(postgres, EncryptedServers.Settings("two"), plain.ConnectionString);
        (await TextsAsync(withoutOld.As(startup), conversationId)).ShouldBe(expected, ignoreOrder: true);

        async Task WriteAsync()
        {
            ApiServer[] servers = [plain, server, rotated];
            for (var number = 0; !ended.IsCancellationRequested || number < 60; number++)
            {
                var id = (await servers[number % 3].As(investor).SendAsync(conversationId, $"Text {number}")).Expect(HttpStatusCode.Created).Data.Id();
                expected[id] = $"Text {number}";
                if (number % 4 != 0)
                    continue;

                (await servers[(number + 1) % 3].As(investor).EditAsync(id, $"Edited {number}", version: 0)).Expect(HttpStatusCode.OK);
                expected[id] = $"Edited {number}";
            }
        }
    }

    [Fact]
    public async Task RenewKeys_AfterANewKey_LetsTheOldOneBeRemoved()
    {
        await using var server = await ApiServer.StartAsync(postgres, EncryptedServers.Settings("one"));
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Text")).Expect(HttpStatusCode.Created);
        var stored = await server.QueryAsync<string>("SELECT content FROM messages");
        (await Should.ThrowAsync<MissingKeysException>(() => CheckKeysAsync("two"))).Message.ShouldContain("'one'");

        await using (var both = await ApiServer.StartAsync(postgres, EncryptedServers.Settings("two", "one"), server.ConnectionString))
            (await EncryptionMaintenance.RenewKeysAsync(both.Services, _ => { }, Token)).ShouldBe(0);

        await CheckKeysAsync("two");
        (await Should.ThrowAsync<MissingKeysException>(() => CheckKeysAsync("one"))).Message.ShouldContain("'two'");
        await using var later = await ApiServer.StartAsync(postgres, EncryptedServers.Settings("two"), server.ConnectionString);
        (await later.As(startup).ReadPageAsync(conversationId)).ShouldBe(["Text"]);
        (await server.QueryAsync<string>("SELECT content FROM messages")).ShouldBe(stored);
        (await later.As(investor).SendAsync(conversationId, "Later")).Expect(HttpStatusCode.Created);

        // The key "two" of the settings "three" would have another value.
        await server.ExecuteAsync("UPDATE conversation_keys SET encrypted_key = substring(encrypted_key FOR 60) || 'three'::bytea");
        (await Should.ThrowAsync<MissingKeysException>(() => CheckKeysAsync("three"))).Message.ShouldContain("other values for the keys 'three'");

        // The check of a server that starts with these keys.
        async Task CheckKeysAsync(params string[] keyIds)
        {
            await using var services = new ServiceCollection()
                .AddSingleton(StoreFolder.RingOf(keyIds))
                .AddSingleton(TestEncryption.With(keyIds))
                .AddSingleton(NpgsqlDataSource.Create(server.ConnectionString))
                .BuildServiceProvider();
            await MessageKeyCheck.RunAsync(services, Token);
        }
    }

    [Fact]
    public async Task RenewKeys_OfAttachments_LeavesTheKeysOfTheFiles()
    {
        await using var server = await ApiServer.StartAsync(postgres, EncryptedServers.Settings("two", "one"));
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var (good, damaged) = (await server.AddAttachmentAsync(investor.Id, conversationId), await server.AddAttachmentAsync(investor.Id, conversationId));
        var (earlier, later) = (new FileKeys(StoreFolder.RingOf("one")), new FileKeys(StoreFolder.RingOf("two")));
        var stored = earlier.Create(new AttachmentId(good));
        await server.ExecuteAsync($"UPDATE attachments SET encrypted_key = decode('{Convert.ToHexString(stored)}', 'hex') WHERE id = '{good}'");
        await server.ExecuteAsync($"UPDATE attachments SET encrypted_key = decode('{Convert.ToHexString(stored)}', 'hex') WHERE id = '{damaged}'");

        var reported = new List<long>();
        (await EncryptionMaintenance.RenewKeysAsync(server.Services, reported.Add, Token)).ShouldBe(1, "the key of another attachment");

        reported.ShouldBe([1]);
        later.Decrypt(new AttachmentId(good), await server.QueryAsync<byte[]>($"SELECT encrypted_key FROM attachments WHERE id = '{good}'"))
            .ShouldBe(earlier.Decrypt(new AttachmentId(good), stored));
        (await server.QueryAsync<byte[]>($"SELECT encrypted_key FROM attachments WHERE id = '{damaged}'")).ShouldBe(stored);
    }

    private static async Task<Dictionary<Guid, string>> TextsAsync(TestUser user, Guid conversationId)
    {
        var texts = new Dictionary<Guid, string>();
        for (var before = ""; ; before = $"&before={texts.Keys.Min()}")
        {
            var page = (await user.GetAsync($"/api/messages?conversationId={conversationId}&limit=100{before}")).Expect(HttpStatusCode.OK).Data;
            foreach (var message in page.EnumerateArray())
                texts.Add(message.Id(), message.Content()!);
            if (page.GetArrayLength() == 0)
                return texts;
        }
    }

    private static Task<string> RowsAsync(ApiServer server) => server.QueryAsync<string>(
        """
        SELECT md5(string_agg((to_jsonb(m) - 'content' - 'is_encrypted')::text, '' ORDER BY id)) || md5(coalesce(
            (SELECT string_agg((to_jsonb(v) - 'content' - 'is_encrypted')::text, '' ORDER BY number) FROM message_versions AS v), ''))
        FROM messages AS m
        """);
}
