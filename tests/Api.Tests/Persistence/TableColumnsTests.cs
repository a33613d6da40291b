using System.Reflection;
using CleanMessaging.Api.Tests.Encryption;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Persistence.Conversations;
using CleanMessaging.Infrastructure.Persistence.Messages;
using CleanMessaging.Infrastructure.Persistence.Quotas;
using CleanMessaging.Infrastructure.Persistence.Sends;
using CleanMessaging.Infrastructure.Persistence.Wallets;
using CleanMessaging.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>
/// Tests that the column lists are complete, and that the statement of a send batch stores every field of an aggregate that a decision can
/// change.
/// </summary>
public sealed class TableColumnsTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task Columns_OfEachTable_AreThoseOfTheEntityFrameworkMapping()
    {
        await using var scope = _server.Services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<MessagingDbContext>();

        ShouldMap(QuotaConfiguration.Columns);
        ShouldMap(WalletConfiguration.Columns);
        ShouldMap(ConversationConfiguration.Columns);
        ShouldMap(ParticipantConfiguration.Columns);
        ShouldMap(MessageConfiguration.Columns);
        ShouldMap(WalletTransactionConfiguration.Columns);

        void ShouldMap<TRow>(TableColumns<TRow> columns)
            where TRow : class
        {
            var type = context.Model.FindEntityType(typeof(TRow)).ShouldNotBeNull();
            type.GetTableName().ShouldBe(columns.Table);

            // The aggregate does not know whether its text is stored encrypted.
            type.GetProperties().Where(property => property.Name != MessageConfiguration.IsEncrypted).Select(property => (property.Name, property.GetColumnName()))
                .ShouldBe(columns.All.Concat(columns.QueryOnly).Select(column => (column.Property.Name, column.Name)), ignoreOrder: true);
        }
    }

    /// <summary>
    /// The exceptions are child entities. New ledger lines are stored with their wallet; a batch with new read marks is rejected; it does
    /// not load participants, and edits no messages.
    /// </summary>
    [Fact]
    public void Fields_OfEachAggregate_AreColumnsOrNamedChildEntities()
    {
        ShouldCover(QuotaConfiguration.Columns);
        ShouldCover(WalletConfiguration.Columns, "_newTransactions");
        ShouldCover(ConversationConfiguration.Columns, "_participants", "_newReadMarks", "_newHiddenMessages");
        ShouldCover(ParticipantConfiguration.Columns);
        ShouldCover(MessageConfiguration.Columns, "_newVersions");
        ShouldCover(WalletTransactionConfiguration.Columns);

        static void ShouldCover<TRow>(TableColumns<TRow> columns, params string[] childEntities)
            where TRow : class =>
            typeof(TRow).GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)
                .Select(field => field.Name)
                .ShouldBe(
                    columns.All.Concat(columns.QueryOnly).Select(column => $"<{column.Property.Name}>k__BackingField").Concat(childEntities),
                    ignoreOrder: true);
    }

    [Fact]
    public async Task Store_OfEveryColumnThatCanChange_StoresTheNewValue()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var request = new SendRequest(new ConversationId(conversationId), new MessageDraft(new UserId(investor.Id), "Text"), MaxPoints: null);
        await using var connection = await OpenAsync();
        var loaded = await LoadAsync(connection, request);
        Change(QuotaConfiguration.Columns, loaded.Quotas.Find(investor.Id)!);
        Change(WalletConfiguration.Columns, loaded.Wallets.Find(investor.Id)!);
        Change(ConversationConfiguration.Columns, loaded.Conversations.Find(conversationId)!);

        await using (var store = SendStatements.CreateStore(connection, loaded.GetChanges(TestEncryption.Off)))
            await store.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var stored = await LoadAsync(connection, request);
        ShouldBeEqual(QuotaConfiguration.Columns, stored.Quotas.Find(investor.Id)!, loaded.Quotas.Find(investor.Id)!);
        ShouldBeEqual(WalletConfiguration.Columns, stored.Wallets.Find(investor.Id)!, loaded.Wallets.Find(investor.Id)!);
        ShouldBeEqual(
            ConversationConfiguration.Columns, stored.Conversations.Find(conversationId)!, loaded.Conversations.Find(conversationId)!);
    }

    [Fact]
    public async Task Store_OfNewRows_StoresEveryColumn()
    {
        var message = New(MessageConfiguration.Columns);
        var line = New(WalletTransactionConfiguration.Columns);
        await using var connection = await OpenAsync();
        var nothing = new SendBatchState().GetChanges(TestEncryption.Off);

        await using (var store = SendStatements.CreateStore(connection, nothing with { Messages = [message], LedgerLines = [line] }))
            await store.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        ShouldBeEqual(MessageConfiguration.Columns, await ReadAsync(connection, MessageConfiguration.Columns, message.Id), message);
        ShouldBeEqual(
            WalletTransactionConfiguration.Columns, await ReadAsync(connection, WalletTransactionConfiguration.Columns, line.Id), line);
    }

    /// <summary>Tests that the columns that the statement of a batch omits have their default in a new message.</summary>
    [Fact]
    public async Task Send_OfANewMessage_SetsOnlyColumnsThatAreInserted()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var draft = new MessageDraft(new UserId(investor.Id), "Text", 24, new ClientMessageId(Guid.CreateVersion7()));
        await using var connection = await OpenAsync();
        var loaded = await LoadAsync(connection, new SendRequest(new ConversationId(conversationId), draft, MaxPoints: null));

        var sent = Message.Send(
            loaded.Conversations.Find(conversationId)!,
            loaded.Quotas.Find(investor.Id)!,
            loaded.Wallets.Find(investor.Id)!,
            QuotaPolicy.Default,
            draft,
            maxPoints: null,
            _server.Clock.GetUtcNow());

        var unset = (Message)Activator.CreateInstance(typeof(Message), nonPublic: true)!;
        var omitted = MessageConfiguration.Columns.All.Except(MessageConfiguration.Columns.Inserted).ToList();
        omitted.ShouldNotBeEmpty();
        foreach (var column in omitted)
            column.Property.GetValue(sent).ShouldBe(column.Property.GetValue(unset), column.Name);
    }

    [Fact]
    public async Task GetChanges_WithNewReadMarks_Fails()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "To read")).Expect(System.Net.HttpStatusCode.Created);
        await using var scope = _server.Services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<MessagingDbContext>();
        var conversation = await context.Conversations.Include(found => found.Participants)
            .SingleAsync(found => found.Id == conversationId, TestContext.Current.CancellationToken);
        var state = new SendBatchState();
        state.Conversations.Add(conversation);
        conversation.MarkRead(startup.Id, 1, _server.Clock.GetUtcNow()).ShouldBeTrue();

        Should.Throw<InvalidOperationException>(() => state.GetChanges(TestEncryption.Off));
    }

    /// <summary>Opens a connection that does not check foreign keys.</summary>
    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(_server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("SET session_replication_role = replica", connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        return connection;
    }

    private static async Task<SendBatchState> LoadAsync(NpgsqlConnection connection, SendRequest request)
    {
        await using var load = SendStatements.CreateLoad(connection, [request], withKeys: false);
        await using var reader = await load.ExecuteReaderAsync(TestContext.Current.CancellationToken);

        return await SendStatements.ReadAsync(reader, TestEncryption.Off, TestContext.Current.CancellationToken);
    }

    private static async Task<TRow> ReadAsync<TRow>(NpgsqlConnection connection, TableColumns<TRow> columns, Guid id)
        where TRow : class
    {
        await using var command = new NpgsqlCommand(
            $"SELECT {columns.NamesOf("t")} FROM {columns.Table} AS t WHERE t.id = '{id}'", connection);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        (await reader.ReadAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();

        return columns.Read(reader, 0).ShouldNotBeNull();
    }

    private static void Change<TRow>(TableColumns<TRow> columns, TRow row)
        where TRow : class
    {
        columns.Mutable.ShouldNotBeEmpty();
        for (var index = 0; index < columns.Mutable.Count; index++)
            Set(columns.Mutable[index].Property, row, index);
    }

    private static TRow New<TRow>(TableColumns<TRow> columns)
        where TRow : class
    {
        var row = (TRow)Activator.CreateInstance(typeof(TRow), nonPublic: true)!;
        for (var index = 0; index < columns.Inserted.Count; index++)
            Set(columns.Inserted[index].Property, row, index);

        return row;
    }

    /// <summary>
    /// Sets a value that differs from the default and from the other values of the row. Optional numbers are lower, because a reply refers to
    /// a lower sequence.
    /// </summary>
    private static void Set(PropertyInfo property, object row, int index)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        property.SetValue(row, type switch
        {
            _ when type == typeof(Guid) => Guid.CreateVersion7(),
            _ when type == typeof(int) => 1_000 + index,
            _ when property.PropertyType == typeof(long?) => 100L + index,
            _ when type == typeof(long) => 1_000L + index,
            _ when type == typeof(bool) => true,
            _ when type == typeof(string) => $"Value {index}",
            _ when type == typeof(DateOnly) => new DateOnly(2031, 2, 3),
            _ when type == typeof(DateTimeOffset) => new DateTimeOffset(2031, 2, 3, 4, 5, index, TimeSpan.Zero),
            _ when type == typeof(WalletTransactionType) => WalletTransactionType.Reversal,
            _ => throw new NotSupportedException($"A test value for {type.Name} is missing."),
        });
    }

    private static void ShouldBeEqual<TRow>(TableColumns<TRow> columns, TRow actual, TRow expected)
        where TRow : class
    {
        foreach (var column in columns.All)
            column.Property.GetValue(actual).ShouldBe(column.Property.GetValue(expected), column.Name);
    }
}
