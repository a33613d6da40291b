using System.Data.Common;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Administration;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Quotas;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Users;
using CleanMessaging.Application.Wallets;
using CleanMessaging.Application.Wallets.Verification;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Persistence.Accounts;
using CleanMessaging.Infrastructure.Persistence.Administration;
using CleanMessaging.Infrastructure.Persistence.Attachments;
using CleanMessaging.Infrastructure.Persistence.Conversations;
using CleanMessaging.Infrastructure.Persistence.Messages;
using CleanMessaging.Infrastructure.Persistence.Quotas;
using CleanMessaging.Infrastructure.Persistence.Search;
using CleanMessaging.Infrastructure.Persistence.Sends;
using CleanMessaging.Infrastructure.Persistence.Sessions;
using CleanMessaging.Infrastructure.Persistence.Users;
using CleanMessaging.Infrastructure.Persistence.Wallets;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Infrastructure.Realtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

public static class PersistenceRegistration
{
    /// <summary>One connection for each of the two users of the reserved data source.</summary>
    private const int ReservedConnections = 2;

    /// <summary>The key of the data source for batched sends: one connection for each batch in progress.</summary>
    internal const string Sends = "Sends";

    /// <summary>
    /// The key of the data source for live events and joins, which do not wait for requests. One connection is enough: a few dozen short
    /// statements a second.
    /// </summary>
    internal const string Live = "Live";

    private const int LiveConnections = 1;

    private const string PlannedOnce = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off";

    private const string ApplicationName = "CleanMessaging";

    private const string TimeLimits = "-c statement_timeout=1900ms -c idle_in_transaction_session_timeout=10s";

    private static readonly DeadlineInterceptor _deadline = new();

    private static readonly TransactionInterceptor _transaction = new();

    /// <summary>Adds the database. The application sets the limits that the connection strings do not set themselves.</summary>
    /// <exception cref="ArgumentException">A connection string cannot be read.</exception>
    public static IServiceCollection AddPersistence(this IServiceCollection services, DatabaseConnections connections)
    {
        var limited = ForRequests(connections);
        var sends = ForSends(connections);
        services.AddSingleton(connections);
        services.AddHostedService(provider => new ThreadPoolRelief(
            new NpgsqlConnectionStringBuilder(limited).MaxPoolSize + SendBatcher.BatchesAtOnce + ReservedConnections + LiveConnections,
            provider.GetRequiredService<ILogger<ThreadPoolRelief>>()));
        services.AddSingleton(_ => Create(limited));
        services.AddKeyedSingleton(DatabaseConnections.Reserved, (_, _) => NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(limited)
            {
                MinPoolSize = 0,
                MaxPoolSize = ReservedConnections,
                ApplicationName = $"{ApplicationName}.{DatabaseConnections.Reserved}",
            }));
        services.AddKeyedSingleton(Sends, (_, _) => Create(sends));
        services.AddKeyedSingleton(Live, (_, _) => Create(ForLive(connections)));
        services.AddKeyedSingleton(LedgerReader.DataSource, (_, _) => Create(LedgerReader.ConnectionStringFrom(limited)));
        services.AddSingleton(new SliceSize(SliceSize.Min, SliceSize.Max));
        services.AddSingleton<ILedgerReader, LedgerReader>();
        services.AddPooledDbContextFactory<MessagingDbContext>(
            (provider, options) => options
                .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
                .UseSnakeCaseNamingConvention()
                .AddInterceptors(_deadline, _transaction, new TextEncryptionInterceptor(provider.GetRequiredService<MessageEncryption>())));
        services.AddScoped(provider =>
        {
            var context = provider.GetRequiredService<IDbContextFactory<MessagingDbContext>>().CreateDbContext();
            context.Deadline = provider.GetRequiredService<DatabaseDeadline>();
            context.IsUsed = false;

            return context;
        });
        services.AddSingleton<PerUserGate>();
        services.AddSingleton<SendStateCache>();
        services.AddSingleton<SendBatchExecutor>();
        services.AddSingleton<SendBatcher>();
        services.AddScoped<RetryPolicy>();
        services.AddScoped<IUnitOfWork, UnitOfWork>();
        services.AddScoped<ISendStore, SendStore>();
        services.AddScoped<IReadDatabase, ReadDatabase>();
        services.AddSingleton<ILiveReader, LiveReader>();
        services.AddSingleton<IAccessChangeReader, AccessChangeReader>();
        services.AddScoped<RequestReader>();
        services.AddScoped<IMessageReader, MessageReader>();
        services.AddScoped<IMessageSearch, MessageSearch>();
        services.AddScoped<IConversationReader, ConversationReader>();
        services.AddScoped<IAdminActionRepository, AdminActionRepository>();
        services.AddScoped<IAttachmentRepository, AttachmentRepository>();
        services.AddScoped<IAvatarRepository, AvatarRepository>();
        services.AddScoped<IStorageAllowanceRepository, StorageAllowanceRepository>();
        services.AddScoped<IConversationRepository, ConversationRepository>();
        services.AddScoped<IMessageRepository, MessageRepository>();
        services.AddScoped<IQuotaRepository, QuotaRepository>();
        services.AddScoped<ISessionRepository, SessionRepository>();
        services.AddScoped<IWalletRepository, WalletRepository>();
        services.AddScoped<IUserDirectory, UserDirectory>();
        services.AddHostedService<UserSearchIndexer>();
        services.AddSingleton<AttachmentEraser>();
        services.AddHostedService(provider => provider.GetRequiredService<AttachmentEraser>());

        return services;
    }

    /// <summary>Omits the trace event for a statement's first response, which would be a large part of the cost of tracing.</summary>
    private static NpgsqlDataSource Create(string connectionString) =>
        new NpgsqlDataSourceBuilder(connectionString)
            .ConfigureTracing(tracing => tracing.EnableFirstResponseEvent(false))
            .Build();

    /// <summary>
    /// Returns the connection string for batches. A batch does not wait long for a row that another transaction has locked. PostgreSQL
    /// keeps generic plans for its two statements and uses an index, independently of the table statistics.
    /// </summary>
    internal static string ForSends(DatabaseConnections connections)
    {
        var connectionString = connections.Sends ?? connections.Messaging;
        var given = new NpgsqlConnectionStringBuilder(connectionString).Options;

        return new NpgsqlConnectionStringBuilder(WithLimits(connectionString))
        {
            MinPoolSize = 0,
            MaxPoolSize = SendBatcher.BatchesAtOnce,
            ApplicationName = $"{ApplicationName}.{Sends}",
            Options = $"{TimeLimits} {given} -c lock_timeout=25ms {PlannedOnce}",
        }.ConnectionString;
    }

    /// <summary>
    /// Returns the connection string for live events and joins. Their statements are planned once, like those of sends; behind a pooler
    /// they share its entry.
    /// </summary>
    internal static string ForLive(DatabaseConnections connections)
    {
        var connectionString = connections.Sends ?? connections.Messaging;
        var given = new NpgsqlConnectionStringBuilder(connectionString).Options;

        return new NpgsqlConnectionStringBuilder(WithLimits(connectionString))
        {
            MinPoolSize = 0,
            MaxPoolSize = LiveConnections,
            ApplicationName = $"{ApplicationName}.{Live}",
            Options = $"{TimeLimits} {given} -c lock_timeout=1500ms {PlannedOnce}",
        }.ConnectionString;
    }

    /// <summary>
    /// Returns the connection string for requests, with limits so that no call hangs: 3 s for a connection, 1.5 s for a lock, 2 s for any
    /// response and half a second more to cancel the statement. Everything before a commit must end within
    /// <see cref="DatabaseDeadline.UntilCommit"/>; an abandoned transaction ends after 10 s. Session settings change only within a
    /// transaction, so a connection is not reset when it returns to the pool; a reset would cost PostgreSQL as much as a short query. The
    /// pool is small, because on few cores more connections only wait for each other. Repeated statements are prepared, but planned for
    /// their parameters: a generic plan made for an empty table would be kept when the table has grown.
    /// </summary>
    internal static string ForRequests(DatabaseConnections connections) => WithLimits(connections.Messaging);

    private static string WithLimits(string connectionString)
    {
        var given = new DbConnectionStringBuilder { ConnectionString = connectionString };
        var limits = new NpgsqlConnectionStringBuilder
        {
            MaxPoolSize = 16,
            Timeout = 3,
            CommandTimeout = 2,
            CancellationTimeout = 500,
            KeepAlive = 15,
            HostRecheckSeconds = 1,
            NoResetOnClose = true,
            GssEncryptionMode = GssEncryptionMode.Disable,
            MaxAutoPrepare = 64,
            AutoPrepareMinUsages = 2,
            Options = $"{TimeLimits} -c lock_timeout=1500ms -c plan_cache_mode=force_custom_plan",
            ApplicationName = ApplicationName,
        };
        var merged = new NpgsqlConnectionStringBuilder(limits.ConnectionString);
        foreach (string key in given.Keys)
            merged[key] = given[key];

        // If an option occurs twice, the last value counts: the operator's.
        if (new NpgsqlConnectionStringBuilder(connectionString).Options is { } options)
            merged.Options = $"{limits.Options} {options}";

        return merged.ConnectionString;
    }
}
