using System.Security.Claims;
using System.Text;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.SignalR;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace CleanMessaging.Benchmarks.Reference;

/// <summary>
/// The reference that the product is compared with: a minimal API that stores a message, counts it and charges the wallet in one batch of
/// statements. It uses the same tables and tokens. It has no mediator, validation, aggregates, idempotency or limits.
/// </summary>
internal static class Program
{
    public static async Task Main(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var key = builder.Configuration["Jwt:SigningKey"] ?? throw new InvalidOperationException("Jwt:SigningKey is missing.");
        var database = builder.Configuration.GetConnectionString("Messaging")
            ?? throw new InvalidOperationException("ConnectionStrings:Messaging is missing.");

        // The fastest settings for PostgreSQL: few connections, and statements that are prepared once.
        var limited = new NpgsqlConnectionStringBuilder(database) { MaxPoolSize = 8, MaxAutoPrepare = 16, AutoPrepareMinUsages = 2 };
        builder.Services.AddSingleton(NpgsqlDataSource.Create(limited.ConnectionString));
        builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, WireJson.Default));
        builder.Services.AddAuthorization();
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options =>
        {
            options.MapInboundClaims = false;
            options.TokenValidationParameters = new TokenValidationParameters
            {
                IssuerSigningKey = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(key)),
                ValidIssuer = "cleanmessaging",
                ValidAudience = "cleanmessaging",
            };
            options.Events = new JwtBearerEvents
            {
                OnMessageReceived = context =>
                {
                    if (context.Request.Path == "/hubs/messaging")
                        context.Token = context.Request.Query["access_token"];

                    return Task.CompletedTask;
                },
            };
        });
        builder.Services.AddSignalR(options => options.MaximumParallelInvocationsPerClient = 1).AddJsonProtocol();

        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        Sends.WithListEvents = builder.Configuration.GetValue<bool>("Reference:ListEvents");
        app.MapGet("/health/ready", () => Results.Ok());
        app.MapPost("/api/messages/send", Sends.SendAsync).RequireAuthorization();
        app.MapGet("/api/messages", Reads.PageAsync).RequireAuthorization();
        app.MapGet("/api/conversations", Reads.ListAsync).RequireAuthorization();
        app.MapPost("/api/messages/search", Search.FindAsync).RequireAuthorization();
        app.MapFiles(builder.Configuration["Reference:Folder"] ?? Path.GetTempPath());
        app.MapHub<BareHub>("/hubs/messaging").RequireAuthorization();
        await app.RunAsync();
    }
}

internal static class Sends
{
    private const long Price = 10;

    /// <summary>Whether a send also reads the conversation as both participants see it, and sends it to all of their connections.</summary>
    public static bool WithListEvents { get; set; }

    public static async Task<IResult> SendAsync(
        SendRequest request, ClaimsPrincipal caller, NpgsqlDataSource database, IHubContext<BareHub> hub)
    {
        var sender = Guid.Parse(caller.FindFirst("sub")!.Value);
        var now = TimeProvider.System.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        await using var batch = database.CreateBatch();
        Add(
            batch,
            """
            UPDATE message_quotas SET quota_date = $2, messages_sent_today = CASE WHEN quota_date = $2 THEN messages_sent_today + 1 ELSE 1 END
            WHERE user_id = $1
            RETURNING messages_sent_today > coalesce(daily_free_limit, 20)
            """,
            sender,
            DateOnly.FromDateTime(now.UtcDateTime));
        Add(
            batch,
            """
            UPDATE wallets SET balance = balance - $2, last_number = last_number + 1
            WHERE user_id = $1 AND (SELECT messages_sent_today > coalesce(daily_free_limit, 20) FROM message_quotas WHERE user_id = $1)
            """,
            sender,
            Price);
        Add(
            batch,
            """
            UPDATE conversations SET last_sequence = last_sequence + 1, revision = revision + 1, last_activity_at = greatest($3, last_activity_at + interval '1 microsecond')
            WHERE id = $1 AND EXISTS (SELECT FROM participants WHERE conversation_id = $1 AND user_id = $2)
            """,
            request.ConversationId,
            sender,
            now);
        Add(
            batch,
            """
            INSERT INTO messages (id, conversation_id, sequence, revision, sender_id, content, created_at, updated_at, expires_at, is_expired, client_message_id, points_charged)
            SELECT $1, c.id, c.last_sequence, c.revision, $3, $4, c.last_activity_at, c.last_activity_at, NULL, false, $5,
                   CASE WHEN q.messages_sent_today > coalesce(q.daily_free_limit, 20) THEN $6 ELSE 0 END
            FROM conversations c, message_quotas q WHERE c.id = $2 AND q.user_id = $3
            RETURNING sequence, revision, created_at, points_charged
            """,
            id,
            request.ConversationId,
            sender,
            request.Content,
            (object?)request.ClientMessageId ?? DBNull.Value,
            Price);
        Add(
            batch,
            """
            INSERT INTO wallet_transactions (id, user_id, number, type, amount, balance_after, message_id, conversation_id, created_at)
            SELECT $1, w.user_id, w.last_number, 'SPEND', -m.points_charged, w.balance, m.id, m.conversation_id, m.created_at
            FROM messages m JOIN wallets w ON w.user_id = m.sender_id WHERE m.id = $2 AND m.points_charged > 0
            """,
            Guid.CreateVersion7(now),
            id);

        if (WithListEvents)
            Add(batch, Views.Sql, request.ConversationId);

        await using var reader = await batch.ExecuteReaderAsync();
        await reader.NextResultAsync();
        if (!await reader.ReadAsync())
            return Results.NotFound();

        var message = new WireMessage(
            id,
            request.ConversationId,
            reader.GetInt64(0),
            reader.GetInt64(1),
            sender,
            request.Content,
            reader.GetFieldValue<DateTimeOffset>(2),
            request.ClientMessageId);
        var charge = new Charge(reader.GetInt64(3));
        var views = new List<View>();
        while (await reader.NextResultAsync())
        {
            // Reads to the end of the results, so that the batch is committed.
            if (reader.FieldCount == Views.Columns)
                views = await Views.ReadAsync(reader);
        }

        await hub.Clients.Group(request.ConversationId.ToString()).SendAsync("NewMessage", new NewMessage(request.ConversationId, message));
        await Views.SendAsync(hub.Clients, views, message);

        return Results.Json(new Sent(true, message, charge), WireJson.Default.Sent, statusCode: StatusCodes.Status201Created);
    }

    public static void Add(NpgsqlBatch batch, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        batch.BatchCommands.Add(command);
    }
}

/// <summary>The conversation as each participant sees it in a list.</summary>
internal static class Views
{
    public const int Columns = 6;

    public const string Sql =
        """
        SELECT p.user_id, p.last_read_sequence, u.display_name, u.role, c.revision,
               (SELECT count(*) FROM messages m
                WHERE m.conversation_id = c.id AND m.sender_id <> p.user_id AND m.sequence > p.last_read_sequence AND (m.expires_at IS NULL OR m.expires_at > now()))
        FROM conversations c JOIN participants p ON p.conversation_id = c.id JOIN users u ON u.id = p.user_id
        WHERE c.id = $1
        """;

    public static async Task<List<View>> ReadAsync(NpgsqlDataReader reader)
    {
        var views = new List<View>();
        while (await reader.ReadAsync())
        {
            var participant = new ViewParticipant(reader.GetGuid(0), reader.GetString(2), reader.GetString(3), reader.GetInt64(1));
            views.Add(new View(participant, reader.GetInt64(4), reader.GetInt64(5)));
        }

        return views;
    }

    public static async Task SendAsync(IHubClients<IClientProxy> clients, List<View> views, WireMessage? last)
    {
        var participants = views.ConvertAll(view => view.Viewer);
        foreach (var view in views)
        {
            await clients.Group(view.Viewer.UserId.ToString())
                .SendAsync("ConversationUpdated", new Updated(participants, last, view.UnreadCount, view.Revision));
        }
    }
}

/// <summary>A hub with SignalR groups, read receipts, and a join that returns the conversation's state.</summary>
internal sealed class BareHub(NpgsqlDataSource database) : Hub
{
    private string UserId => Context.User!.FindFirst("sub")!.Value;

    public override Task OnConnectedAsync() => Groups.AddToGroupAsync(Context.ConnectionId, UserId);

    public async Task<Joined> Join(JoinRequest request)
    {
        await Groups.AddToGroupAsync(Context.ConnectionId, request.ConversationId.ToString());
        await using var command = database.CreateCommand(Views.Sql);
        command.Parameters.Add(new NpgsqlParameter { Value = request.ConversationId });
        await using var reader = await command.ExecuteReaderAsync();
        var views = await Views.ReadAsync(reader);
        var own = views.Find(view => view.Viewer.UserId.ToString() == UserId) ?? throw new HubException("Not found.");
        var joined = new Joined(request.ConversationId, views.ConvertAll(view => view.Viewer), own.UnreadCount, own.Revision);
        await Clients.Caller.SendAsync("Joined", joined);

        return joined;
    }

    public async Task Read(ReadRequest request)
    {
        var reader = Guid.Parse(UserId);
        await using var batch = database.CreateBatch();
        Sends.Add(
            batch,
            """
            WITH target AS (SELECT sequence FROM messages WHERE id = $3 AND conversation_id = $1),
            moved AS (
                UPDATE participants SET last_read_sequence = target.sequence FROM target
                WHERE conversation_id = $1 AND user_id = $2 AND last_read_sequence < target.sequence RETURNING last_read_sequence)
            INSERT INTO read_marks (conversation_id, user_id, up_to_sequence, read_at) SELECT $1, $2, last_read_sequence, now() FROM moved
            """,
            request.ConversationId,
            reader,
            request.MessageIds[^1]);
        Sends.Add(batch, Views.Sql, request.ConversationId);
        List<View> views;
        await using (var results = await batch.ExecuteReaderAsync())
        {
            views = await Views.ReadAsync(results);
        }

        var lastRead = views.Find(view => view.Viewer.UserId == reader)!.Viewer.LastReadSequence;
        await Clients.Group(request.ConversationId.ToString())
            .SendAsync("Read", new ReadReceipt(request.ConversationId, reader, request.MessageIds, lastRead));
        await Views.SendAsync(Clients, views, null);
    }
}

internal sealed record View(ViewParticipant Viewer, long Revision, long UnreadCount);

internal sealed record ViewParticipant(Guid UserId, string DisplayName, string Role, long LastReadSequence);

internal sealed record Updated(IReadOnlyList<ViewParticipant> Participants, WireMessage? LastMessage, long UnreadCount, long Revision);

internal sealed record Joined(Guid ConversationId, IReadOnlyList<ViewParticipant> Participants, long UnreadCount, long Revision);

internal sealed record ReadRequest(Guid ConversationId, IReadOnlyList<Guid> MessageIds);

internal sealed record ReadReceipt(Guid ConversationId, Guid UserId, IReadOnlyList<Guid> MessageIds, long LastReadSequence);

internal sealed record JoinRequest(Guid ConversationId);

internal sealed record SendRequest(Guid ConversationId, string Content, Guid? ClientMessageId);

internal sealed record WireMessage(
    Guid Id, Guid ConversationId, long Sequence, long Revision, Guid SenderId, string Content, DateTimeOffset CreatedAt,
    Guid? ClientMessageId);

internal sealed record Charge(long Points);

internal sealed record Sent(bool Success, WireMessage Data, Charge Charge);

internal sealed record NewMessage(Guid ConversationId, WireMessage Message);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SendRequest))]
[JsonSerializable(typeof(SearchRequest))]
[JsonSerializable(typeof(Sent))]
internal sealed partial class WireJson : JsonSerializerContext;
