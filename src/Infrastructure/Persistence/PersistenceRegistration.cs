using System.Data.Common;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Quotas;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Users;
using CleanMessaging.Application.Wallets;
using CleanMessaging.Application.Wallets.Verification;
using CleanMessaging.Infrastructure.Persistence.Conversations;
using CleanMessaging.Infrastructure.Persistence.Messages;
using CleanMessaging.Infrastructure.Persistence.Quotas;
using CleanMessaging.Infrastructure.Persistence.Sends;
using CleanMessaging.Infrastructure.Persistence.Sessions;
using CleanMessaging.Infrastructure.Persistence.Users;
using CleanMessaging.Infrastructure.Persistence.Wallets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

public static class PersistenceRegistration
{
    /// <summary>The data source for what has to get through while requests use up the pool: polling for revoked sessions, and the readiness check.</summary>
    public const string Reserved = "Reserved";

    /// <summary>One connection for each of the two users of the reserved data source.</summary>
    private const int ReservedConnections = 2;

    /// <summary>The data source of sends that go together: a connection for each group that is under way.</summary>
    internal const string Sends = "Sends";

    private const string ApplicationName = "CleanMessaging";

    private const string TimeLimits = "-c statement_timeout=1900ms -c idle_in_transaction_session_timeout=10s";

    private static readonly DeadlineInterceptor _deadline = new();

    /// <summary>Adds the database, with our limits for what its connection strings do not set themselves.</summary>
    /// <exception cref="ArgumentException">A connection string cannot be read.</exception>
    public static IServiceCollection AddPersistence(this IServiceCollection services, DatabaseConnections connections)
    {
        var limited = ForRequests(connections);
        var sends = ForSends(connections);
        services.AddSingleton(connections);
        services.AddHostedService(provider => new ThreadPoolRelief(
            new NpgsqlConnectionStringBuilder(limited).MaxPoolSize + SendBatcher.BatchesAtOnce + ReservedConnections,
            provider.GetRequiredService<ILogger<ThreadPoolRelief>>()));
        services.AddSingleton(_ => Create(limited));
        services.AddKeyedSingleton(Reserved, (_, _) => NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(limited) { MinPoolSize = 0, MaxPoolSize = ReservedConnections, ApplicationName = $"{ApplicationName}.{Reserved}" }));
        services.AddKeyedSingleton(Sends, (_, _) => Create(sends));
        services.AddKeyedSingleton(LedgerReader.DataSource, (_, _) => Create(LedgerReader.ConnectionStringFrom(limited)));
        services.AddSingleton(new SliceSize(SliceSize.Min, SliceSize.Max));
        services.AddSingleton<ILedgerReader, LedgerReader>();
        services.AddPooledDbContextFactory<MessagingDbContext>(
            (provider, options) => options
                .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
                .UseSnakeCaseNamingConvention()
                .AddInterceptors(_deadline));
        services.AddScoped(provider =>
        {
            var context = provider.GetRequiredService<IDbContextFactory<MessagingDbContext>>().CreateDbContext();
            context.Deadline = provider.GetRequiredService<DatabaseDeadline>();

            return context;
        });
        services.AddSingleton<PerUserGate>();
        services.AddSingleton<SendStateCache>();
        services.AddSingleton<SendBatchExecutor>();
        services.AddSingleton<SendBatcher>();
        services.AddScoped<PreparedSend>();
        services.AddScoped<IUnitOfWork, UnitOfWork>();
        services.AddScoped<IReadDatabase, ReadDatabase>();
        services.AddScoped<IConversationRepository, ConversationRepository>();
        services.AddScoped<IMessageRepository, MessageRepository>();
        services.AddScoped<IQuotaRepository, QuotaRepository>();
        services.AddScoped<ISessionRepository, SessionRepository>();
        services.AddScoped<IWalletRepository, WalletRepository>();
        services.AddScoped<IUserDirectory, UserDirectory>();
        services.AddHostedService<UserSearchIndexer>();

        return services;
    }

    /// <summary>A statement's trace needs no event for its first answer; it would be a good part of what tracing costs.</summary>
    private static NpgsqlDataSource Create(string connectionString) =>
        new NpgsqlDataSourceBuilder(connectionString)
            .ConfigureTracing(tracing => tracing.EnableFirstResponseEvent(false))
            .Build();

    /// <summary>
    /// A batch does not wait for a row that another transaction has locked; and the plans of its two statements are kept, which use an index with any
    /// the statistics say.
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
            Options = $"{TimeLimits} {given} -c lock_timeout=25ms -c plan_cache_mode=force_generic_plan -c enable_seqscan=off",
        }.ConnectionString;
    }

    /// <summary>
    /// No call may hang: a connection within 3 s, a lock within 1.5 s, an answer of any kind within 2 s and half a second more to cancel what
    /// was asked; all that comes before a commit within <see cref="DatabaseDeadline.UntilCommit"/>; a forgotten transaction ends after 10 s.
    /// Nothing of a session is ever set but for one transaction, so nothing is reset when a connection goes back to the pool, which would cost PostgreSQL as much as a short
    /// query. A small pool: on few cores more connections only wait for each other. What is asked again is prepared,
    /// but planned for what it asks: a plan that was made while a table was empty would be kept when it no longer is.
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

        // Of two values for one option the last counts: the operator's.
        if (new NpgsqlConnectionStringBuilder(connectionString).Options is { } options)
            merged.Options = $"{limits.Options} {options}";

        return merged.ConnectionString;
    }
}
