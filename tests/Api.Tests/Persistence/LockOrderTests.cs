using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using CleanMessaging.Api.Tests.Encryption;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Quotas;
using CleanMessaging.Application.Users;
using CleanMessaging.Application.Wallets;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Persistence.Attachments;
using CleanMessaging.Infrastructure.Persistence.Conversations;
using CleanMessaging.Infrastructure.Persistence.Messages;
using CleanMessaging.Infrastructure.Persistence.Sends;
using CleanMessaging.Tests.Support;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>
/// Tests that every command takes its locks in one order, which prevents deadlocks. A table's position is where the transaction first
/// locks, updates or deletes one of its rows. Rows that SaveChanges updates later in its batch are locked already, so their position in the
/// batch does not matter. Another transaction can wait for an inserted row only through a unique key. New rows therefore come last, when
/// the transaction waits for nothing else.
/// </summary>
public sealed partial class LockOrderTests(LockOrderTests.PricedServer fixture) : IClassFixture<LockOrderTests.PricedServer>
{
    /// <summary>The lock order of the tables; all other tables are only inserted into.</summary>
    private static readonly string[] _order =
    [
        "users", "sessions", "message_quotas", "wallets", "storage_allowances", "participants", "hidden_messages", "conversations",
        "messages", "message_versions", "attachments", "attachment_objects",
    ];

    private static readonly Dictionary<Type, Row> _rows = new()
    {
        [typeof(SendMessageCommand)] = new(["message_quotas", "wallets", "conversations", "attachments"], ["conversation_keys", "messages", "wallet_transactions"]),
        [typeof(EditMessageCommand)] = new(["conversations", "messages"], ["message_versions"]),
        [typeof(ReactToMessageCommand)] = new(["conversations", "messages"], []),
        [typeof(RemoveReactionCommand)] = new(["conversations", "messages"], []),
        [typeof(MarkPlayedCommand)] = new(["conversations", "messages"], []),
        [typeof(ExpireMessageSoonerCommand)] = new(["conversations", "messages", "attachments"], []),
        [typeof(SetDefaultExpirationCommand)] = new(["conversations"], []),
        [typeof(DeleteMessageCommand)] = new(["conversations", "messages", "message_versions", "attachments"], []),
        [typeof(PurgeExpiredMessagesCommand)] = new(["messages", "message_versions", "attachments"], ["admin_actions"]),
        [typeof(MarkReadCommand)] = new(["participants"], ["read_marks"]),
        [typeof(HideMessagesCommand)] = new(["participants"], ["hidden_messages"]),
        [typeof(ClearConversationCommand)] = new(["participants", "hidden_messages"], []),
        [typeof(DeleteConversationCommand)] = new(["participants", "hidden_messages"], []),
        [typeof(ArchiveConversationCommand)] = new(["participants"], []),
        [typeof(UnarchiveConversationCommand)] = new(["participants"], []),
        [typeof(MuteConversationCommand)] = new(["participants"], []),
        [typeof(UnmuteConversationCommand)] = new(["participants"], []),
        [typeof(PinConversationCommand)] = new(["users", "participants"], []),
        [typeof(UnpinConversationCommand)] = new(["participants"], []),
        [typeof(StartConversationCommand)] = new(["wallets"], ["conversations", "participants", "wallet_transactions"]),
        [typeof(SetUserQuotaCommand)] = new(["message_quotas"], []),
        [typeof(CreditWalletCommand)] = new(["wallets"], ["wallet_transactions"]),
        [typeof(ReverseTransactionCommand)] = new(["wallets"], ["wallet_transactions"]),
        [typeof(BeginUploadCommand)] = new(["storage_allowances"], ["attachments"]),
        [typeof(SetStorageLimitCommand)] = new(["storage_allowances"], []),
        [typeof(StartPartCommand)] = new(["attachments"], ["attachment_objects"]),
        [typeof(ReserveObjectCommand)] = new(["attachments"], ["attachment_objects"]),
        [typeof(ReceivePartCommand)] = new(["attachments", "attachment_objects"], []),
        [typeof(CompleteUploadCommand)] = new(["storage_allowances", "attachments", "attachment_objects"], []),
        [typeof(RejectUploadCommand)] = new(["attachments", "attachment_objects"], []),
        [typeof(CountInspectionTimeoutCommand)] = new(["attachments", "attachment_objects"], []),
        [typeof(CancelUploadCommand)] = new(["attachments", "attachment_objects"], []),
        [typeof(DeleteObjectRowsCommand)] = new(["attachment_objects"], []),
        [typeof(SetAvatarCommand)] = new(["users", "attachments"], []),
        [typeof(RemoveAvatarCommand)] = new(["users", "attachments"], []),
        [typeof(RefreshSessionCommand)] = new(["sessions"], []),
        [typeof(LogOutCommand)] = new(["sessions"], []),
        [typeof(DeactivateUserCommand)] = new(["users", "sessions"], []),
        [typeof(ReactivateUserCommand)] = new(["users"], []),
        [typeof(AdmitExternalUserCommand)] = new([], ["users", "user_logins", "message_quotas", "wallets"]),

        // These are not pipeline commands: their handlers begin the unit of work themselves.
        [typeof(RegisterAccountCommand)] = new([], ["users", "message_quotas", "sessions", "wallets"]),
        [typeof(LogInCommand)] = new(["users", "sessions"], ["sessions"]),
        [typeof(ChangePasswordCommand)] = new(["users", "sessions"], ["sessions"]),
    };

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public void LockOrder_OfEveryCommand_IsWrittenDown()
    {
        var commands = typeof(ICommand<>).Assembly.GetTypes()
            .Where(
                type =>
                    type.GetInterfaces()
                        .Any(contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(ICommand<>)))
            .ToList();

        commands.Count.ShouldBeGreaterThanOrEqualTo(8);
        commands.ShouldBeSubsetOf(_rows.Keys);
        foreach (var (command, row) in _rows)
            row.Locks.ShouldBe(_order.Where(row.Locks.Contains), command.Name);
    }

    [Fact]
    public async Task LockOrder_AsEachCommandRuns_IsTheOneWrittenDown()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 1000);
        var startup = await _server.RegisterStartupAsync();
        var admin = await _server.CreateAdminAsync();
        var conversationId = Guid.Empty;
        var creditId = Guid.Empty;
        using var database = new EntityFrameworkRecorder(_server);

        var seen = new Dictionary<Type, Row>();
        await RecordAsync<StartConversationCommand>(async () =>
        {
            var started = await investor.PostAsync("/api/conversations/create", new { receiverId = startup.Id, pointsCost = 5 });
            conversationId = started.Expect(HttpStatusCode.Created).Data.GetProperty("id").GetGuid();
        });
        await RecordAsync<SetUserQuotaCommand>(async () =>
            (await admin.PutAsync($"/api/admin/users/{investor.Id}/quota", new { dailyFreeLimit = 0, pointsPerMessage = 10 }))
                .Expect(HttpStatusCode.OK));
        seen[typeof(SendMessageCommand)] = TouchesOf(StatementsOfASend(), nameof(SendMessageCommand));
        var attachment = await _server.AddAttachmentAsync(investor.Id, conversationId);
        var paid = new MessageId((await investor.SendAttachmentsAsync(conversationId, "Paid", [attachment])).Expect(HttpStatusCode.Created).Data.Id());
        string[] change = [.. MessageRepository.StatementsToChange(paid, new UserId(investor.Id)).Select(load => load.Sql)];
        await RecordAsync<EditMessageCommand>(async () => (await investor.EditAsync(paid, "Edited", 0)).Expect(HttpStatusCode.OK), change);
        string[] react = [.. MessageRepository.StatementsToChange(paid, new UserId(startup.Id)).Select(load => load.Sql)];
        await RecordAsync<ReactToMessageCommand>(async () => (await startup.ReactAsync(paid, "👍")).Expect(HttpStatusCode.OK), react);
        await RecordAsync<RemoveReactionCommand>(async () => (await startup.UnreactAsync(paid)).Expect(HttpStatusCode.OK), react);
        var voice = await _server.AddAttachmentAsync(investor.Id, conversationId, AttachmentKind.Voice);
        var voiceMessage = new MessageId((await investor.SendAttachmentsAsync(conversationId, "", [voice])).Expect(HttpStatusCode.Created).Data.Id());
        await RecordAsync<MarkPlayedCommand>(
            async () => (await startup.MarkPlayedAsync(conversationId, voiceMessage)).Expect(HttpStatusCode.OK),
            [.. MessageRepository.StatementsToChange(voiceMessage, new UserId(startup.Id)).Select(load => load.Sql)]);
        await RecordAsync<ExpireMessageSoonerCommand>(
            async () => (await investor.ExpireSoonerAsync(paid, 24)).Expect(HttpStatusCode.OK), change);
        await RecordAsync<SetDefaultExpirationCommand>(
            async () => (await startup.SetExpirationAsync(conversationId, 24)).Expect(HttpStatusCode.OK),
            ConversationRepository.StatementToChange(new ConversationId(conversationId), new UserId(startup.Id)).Sql);
        await RecordAsync<DeleteMessageCommand>(async () => (await investor.DeleteMessageAsync(paid)).Expect(HttpStatusCode.OK), change);
        var (conversation, reader) = (new ConversationId(conversationId), new UserId(startup.Id));
        await RecordAsync<MarkReadCommand>(
            async () => (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK),
            [.. ConversationRepository.StatementsToMarkRead(conversation, reader, messageIds: null, default).Select(load => load.Sql)]);
        string[] ofTheUser = [.. ConversationRepository.StatementsForUser(conversation, reader).Select(load => load.Sql)];
        var kept = (await investor.SendAsync(conversationId, "Kept")).Expect(HttpStatusCode.Created).Data.Id();
        await RecordAsync<HideMessagesCommand>(
            async () => (await startup.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { kept } })).Expect(HttpStatusCode.OK),
            [.. ConversationRepository.StatementsToHide(conversation, reader, [kept]).Select(load => load.Sql)]);
        await RecordAsync<ClearConversationCommand>(() => ChangeAsync(HttpMethod.Post, "clear", new { throughSequence = 1 }), ofTheUser);
        await RecordAsync<DeleteConversationCommand>(() => ChangeAsync(HttpMethod.Post, "delete", new { throughSequence = 2 }), ofTheUser);
        await RecordAsync<ArchiveConversationCommand>(() => ChangeAsync(HttpMethod.Put, "archive", new { throughSequence = 2 }), ofTheUser);
        await RecordAsync<UnarchiveConversationCommand>(() => ChangeAsync(HttpMethod.Delete, "archive"), ofTheUser);
        await RecordAsync<MuteConversationCommand>(() => ChangeAsync(HttpMethod.Put, "mute", new { }), ofTheUser);
        await RecordAsync<UnmuteConversationCommand>(() => ChangeAsync(HttpMethod.Delete, "mute"), ofTheUser);
        await RecordAsync<PinConversationCommand>(
            () => ChangeAsync(HttpMethod.Put, "pin"),
            [.. ConversationRepository.StatementsToPin(conversation, reader).Select(load => load.Sql)]);
        await RecordAsync<UnpinConversationCommand>(() => ChangeAsync(HttpMethod.Delete, "pin"), ofTheUser);
        await RecordUploadsAsync(investor, admin, conversationId);
        var (avatar, replaced) = (await _server.AddAvatarAsync(investor.Id), await _server.AddAvatarAsync(investor.Id));
        (await investor.SetAvatarAsync(replaced)).Expect(HttpStatusCode.OK);
        await RecordAsync<SetAvatarCommand>(async () => (await investor.SetAvatarAsync(avatar)).Expect(HttpStatusCode.OK));
        await RecordAsync<RemoveAvatarCommand>(async () => (await investor.RemoveAvatarAsync()).Expect(HttpStatusCode.OK));
        await RecordAsync<CreditWalletCommand>(async () =>
        {
            admin.Client.DefaultRequestHeaders.Add("Idempotency-Key", "lock-order");
            var credited = await admin.PostAsync($"/api/admin/wallets/{investor.Id}/credit", new { amount = 5, reason = "Test" });
            creditId = credited.Expect(HttpStatusCode.Created).Data.GetProperty("id").GetGuid();
        });
        await RecordAsync<ReverseTransactionCommand>(async () =>
            (await admin.PostAsync($"/api/admin/wallet-transactions/{creditId}/reverse", new { reason = "Test" }))
                .Expect(HttpStatusCode.Created));
        await _server.FillAsync(conversationId, investor.Id, 1, "now() - interval '31 days'");
        var before = _server.Clock.GetUtcNow().AddDays(-30).AddMinutes(-1);
        await RecordAsync<PurgeExpiredMessagesCommand>(
            async () => (await admin.PostAsync("/api/admin/messages/purge", new { expiredBefore = before, reason = "Test" })).Expect(HttpStatusCode.OK),
            [
                .. MessageRepository.StatementsToPurge(before, 1).Select(load => load.Sql),
                .. MessageRepository.StatementsOfPurge(new RedactedMessages(), before).Select(store => store.Sql),
            ]);
        await RecordAsync<RefreshSessionCommand>(async () =>
            (await startup.PostAsync("/api/auth/refresh", new { refreshToken = startup.RefreshToken })).Expect(HttpStatusCode.OK));
        await RecordAsync<LogOutCommand>(async () => (await startup.PostAsync("/api/auth/logout", new { })).Expect(HttpStatusCode.OK));
        await RecordAsync<AdmitExternalUserCommand>(async () =>
        {
            await using var scope = _server.Services.CreateAsyncScope();
            var login = new ExternalLogin("https://issuer.example.com", "lock-order");
            await scope.ServiceProvider.GetRequiredService<IMediator>().Send(
                new AdmitExternalUserCommand(login, "lock-order@example.com", "Lock Order", UserRole.Startup),
                TestContext.Current.CancellationToken);
        });
        await RecordAsync<RegisterAccountCommand>(() => _server.RegisterStartupAsync());
        await RecordAsync<LogInCommand>(() => _server.LogInAsync(investor.Email));
        await RecordAsync<ChangePasswordCommand>(async () =>
            (await investor.PostAsync("/api/auth/password", new { currentPassword = ApiServer.Password, newPassword = "another password" }))
                .Expect(HttpStatusCode.OK));
        await RecordAsync<DeactivateUserCommand>(async () =>
            (await admin.PostAsync($"/api/admin/users/{startup.Id}/deactivate", new { })).Expect(HttpStatusCode.OK));
        await RecordAsync<ReactivateUserCommand>(async () =>
            (await admin.PostAsync($"/api/admin/users/{startup.Id}/reactivate", new { })).Expect(HttpStatusCode.OK));

        seen.Keys.ShouldBe(_rows.Keys, ignoreOrder: true);
        foreach (var (command, row) in _rows)
        {
            seen[command].Locks.ShouldBe(row.Locks, command.Name);
            seen[command].Inserts.Order().ShouldBe(row.Inserts.Order(), command.Name);
        }

        async Task RecordUploadsAsync(TestUser uploader, TestUser admin, Guid conversationId)
        {
            var mediator = _server.Services.GetRequiredService<IMediator>();
            var (uploaderId, bytes) = (new UserId(uploader.Id), new byte[] { 1 });
            string[] storage = [.. StorageAllowanceRepository.StatementsToChange(uploaderId, default).Select(load => load.Sql)];
            await RecordAsync<SetStorageLimitCommand>(
                async () => (await admin.PutAsync($"/api/admin/users/{uploader.Id}/storage", new { bytesLimit = 1000 })).Expect(HttpStatusCode.OK),
                storage);
            var id = new AttachmentId(Guid.Empty);
            await RecordAsync<BeginUploadCommand>(async () => id = new AttachmentId(await uploader.BegunUploadAsync(conversationId, 1)), storage);
            StartedPart? part = null;
            await RecordAsync<StartPartCommand>(async () => part = await SendAsync(new StartPartCommand(uploaderId, id, 0, 1)));
            await RecordAsync<ReceivePartCommand>(() => SendAsync(new ReceivePartCommand(uploaderId, id, part!.ObjectId, 0, 1)));
            var original = Guid.Empty;
            await RecordAsync<ReserveObjectCommand>(
                async () => original = await SendAsync(new ReserveObjectCommand(uploaderId, id, AttachmentObjectRole.Original)));
            await RecordAsync<CompleteUploadCommand>(() => SendAsync(new CompleteUploadCommand(
                uploaderId, id, new AttachmentContent("text/plain", original, 1, null, null, null, null, null))), storage);
            await RecordAsync<DeleteObjectRowsCommand>(() => SendAsync(new DeleteObjectRowsCommand([part!.ObjectId])));
            await RecordAsync<CancelUploadCommand>(() => SendAsync(new CancelUploadCommand(uploaderId, id)));
            var rejected = new AttachmentId(await uploader.BegunUploadAsync(conversationId, 1));
            (await uploader.PatchAsync(rejected, 0, bytes)).Expect(HttpStatusCode.NoContent);
            await RecordAsync<RejectUploadCommand>(() => SendAsync(new RejectUploadCommand(uploaderId, rejected, AttachmentErrors.Infected)));
            var slow = new AttachmentId(await uploader.BegunUploadAsync(conversationId, 1));
            (await uploader.PatchAsync(slow, 0, bytes)).Expect(HttpStatusCode.NoContent);
            await _server.ExecuteAsync($"UPDATE attachments SET inspection_timeouts = 2 WHERE id = '{slow}'");
            await RecordAsync<CountInspectionTimeoutCommand>(() => SendAsync(new CountInspectionTimeoutCommand(uploaderId, slow)));

            Task<T> SendAsync<T>(IRequest<T> request) => mediator.Send(request, TestContext.Current.CancellationToken);
        }

        async Task ChangeAsync(HttpMethod method, string what, object? body = null)
        {
            using var request = new HttpRequestMessage(method, $"/api/conversations/{conversationId}/{what}")
            {
                Content = body is null ? null : JsonContent.Create(body),
            };
            (await Answer.OfAsync(await startup.Client.SendAsync(request))).Expect(HttpStatusCode.OK);
        }

        // EF Core does not run the statements "beforehand".
        async Task RecordAsync<TCommand>(Func<Task> run, params string[] beforehand)
        {
            database.Take();
            await run();
            seen[typeof(TCommand)] = TouchesOf([.. beforehand, .. database.Take()], typeof(TCommand).Name);
        }
    }

    /// <summary>
    /// Returns the statements of an encrypted send with an attachment that runs by itself, under locks, each part of a statement by itself. EF Core does
    /// not run them.
    /// </summary>
    private static List<string> StatementsOfASend()
    {
        using var connection = new NpgsqlConnection();
        var draft = new MessageDraft(new UserId(Guid.CreateVersion7()), "Text", attachmentIds: [new AttachmentId(Guid.CreateVersion7())]);
        var send = new SendRequest(new ConversationId(Guid.CreateVersion7()), draft, MaxPoints: null);
        using var load = SendStatements.CreateLoadUnderLocks(connection, [send], withKeys: true, lockTimeout: null);
        using var store = StoreStatement.Form(hasAttachments: true, isEncrypted: true)
            .CreateCommand(connection, new SendBatchState().GetChanges(TestEncryption.On));

        return [.. load.BatchCommands.Cast<NpgsqlBatchCommand>().Select(command => command.CommandText), .. store.CommandText.Split("AS (")];
    }

    /// <summary>Fails when an existing row is locked after a new one was inserted.</summary>
    private static Row TouchesOf(List<string> commands, string name)
    {
        var locks = new List<string>();
        var inserts = new List<string>();
        foreach (var statement in commands.SelectMany(text => text.Split(';')))
        {
            if (Insert().Match(statement) is { Success: true } insert && !Upsert().IsMatch(statement))
            {
                if (!inserts.Contains(insert.Groups["table"].Value))
                    inserts.Add(insert.Groups["table"].Value);
                continue;
            }

            foreach (var table in LockedBy(statement).Where(table => !locks.Contains(table)))
            {
                inserts.ShouldBeEmpty($"{name} locks {table} after it has inserted rows");
                locks.Add(table);
            }
        }

        return new Row([.. locks], [.. inserts]);
    }

    private static IEnumerable<string> LockedBy(string statement)
    {
        if (Upsert().Match(statement) is { Success: true } upsert)
            yield return upsert.Groups["table"].Value;

        foreach (Match change in Change().Matches(statement))
            yield return change.Groups["table"].Value;

        foreach (Match clause in LockingClause().Matches(statement))
            yield return TableBefore(statement, clause.Index);
    }

    /// <summary>Returns the table of a locking clause: the one in the last FROM before it at the same depth of parentheses.</summary>
    private static string TableBefore(string statement, int end)
    {
        var depth = 0;
        for (var place = end - 1; place >= 0; place--)
        {
            depth += statement[place] switch { ')' => 1, '(' => -1, _ => 0 };
            if (depth == 0 && From().Match(statement, place) is { Success: true } from && from.Index == place)
                return from.Groups["table"].Value;
        }

        throw new InvalidOperationException($"No table is locked in: {statement}");
    }

    [GeneratedRegex(@"^\s*INSERT INTO (?<table>\w+)")]
    private static partial Regex Insert();

    /// <summary>An insertion that locks the row if it exists.</summary>
    [GeneratedRegex(@"^\s*INSERT INTO (?<table>\w+)[\s\S]*\bON CONFLICT\b[\s\S]*\bDO UPDATE\b")]
    private static partial Regex Upsert();

    [GeneratedRegex(@"(^\s*|\()(UPDATE|DELETE FROM) (?<table>\w+)")]
    private static partial Regex Change();

    [GeneratedRegex(@"\bFOR (NO KEY UPDATE|UPDATE|SHARE|KEY SHARE)")]
    private static partial Regex LockingClause();

    [GeneratedRegex(@"\bFROM (?<table>\w+)")]
    private static partial Regex From();

    /// <param name="Locks">Tables in the order in which their existing rows are first locked or changed.</param>
    /// <param name="Inserts">Tables that get new rows, after all locks.</param>
    private sealed record Row(IReadOnlyList<string> Locks, IReadOnlyList<string> Inserts);

    /// <summary>A server on which starting a conversation costs points.</summary>
    public sealed class PricedServer(TestPostgres postgres) : IAsyncLifetime
    {
        private ApiServer? _server;

        public ApiServer Server => _server ?? throw new InvalidOperationException("The server is not started.");

        public async ValueTask InitializeAsync() =>
            _server = await ApiServer.StartAsync(postgres, new Dictionary<string, string?> { ["Conversations:Price"] = "5" });

        public async ValueTask DisposeAsync()
        {
            if (_server is null)
                return;

            await _server.ShouldHoldNoTransactionAsync();
            await _server.DisposeAsync();
        }
    }
}
