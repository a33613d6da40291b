using System.Data.Common;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Quotas;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Users;
using CleanMessaging.Application.Wallets;
using CleanMessaging.Infrastructure.Persistence.Conversations;
using CleanMessaging.Infrastructure.Persistence.Messages;
using CleanMessaging.Infrastructure.Persistence.Quotas;
using CleanMessaging.Infrastructure.Persistence.Sends;
using CleanMessaging.Infrastructure.Persistence.Sessions;
using CleanMessaging.Infrastructure.Persistence.Users;
using CleanMessaging.Infrastructure.Persistence.Wallets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

public static class PersistenceRegistration
{
    /// <summary>The data source of a single connection beside the pool, for what has to get through while requests use up the pool.</summary>
    internal const string Reserved = "Reserved";

    /// <summary>The data source of sends that go together: a connection for each group that is under way.</summary>
    internal const string Together = "Together";

    private const string ApplicationName = "CleanMessaging";

    private static readonly DeadlineInterceptor _deadline = new();

    /// <summary>Adds the database behind a connection string, with our limits for whatever the string does not set itself.</summary>
    /// <exception cref="ArgumentException">The connection string cannot be read.</exception>
    public static IServiceCollection AddPersistence(this IServiceCollection services, string connectionString)
    {
        var limited = WithLimits(connectionString);
        services.AddSingleton(_ => Create(limited));
        services.AddKeyedSingleton(Reserved, (_, _) => NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(limited) { MinPoolSize = 0, MaxPoolSize = 1, ApplicationName = $"{ApplicationName}.{Reserved}" }));
        services.AddKeyedSingleton(Together, (_, _) => Create(WithoutWaiting(limited)));
        services.AddPooledDbContextFactory<MessagingDbContext>(
            (provider, options) => options
                .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
                .UseSnakeCaseNamingConvention()
                .AddInterceptors(_deadline));
        services.AddScoped(provider =>
        {
            var context = provider.GetRequiredService<IDbContextFactory<MessagingDbContext>>().CreateDbContext();
            context.ForgetClock();

            return context;
        });
        services.AddSingleton<Turns>();
        services.AddSingleton<KnownRows>();
        services.AddSingleton<SendGroup>();
        services.AddSingleton<SendQueue>();
        services.AddScoped<PreparedSend>();
        services.AddScoped<IUnitOfWork, UnitOfWork>();
        services.AddScoped<IReadDatabase, ReadDatabase>();
        services.AddScoped<IConversations, ConversationRepository>();
        services.AddScoped<IMessages, MessageRepository>();
        services.AddScoped<IQuotas, QuotaRepository>();
        services.AddScoped<ISessions, SessionRepository>();
        services.AddScoped<IWallets, WalletRepository>();
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
    /// A group does not wait for a row that somebody else holds; and the plans of its two statements are kept, which go by index whatever
    /// the statistics say.
    /// </summary>
    private static string WithoutWaiting(string limited) =>
        new NpgsqlConnectionStringBuilder(limited)
        {
            MinPoolSize = 0,
            MaxPoolSize = SendQueue.GroupsAtOnce,
            ApplicationName = $"{ApplicationName}.{Together}",
            Options = $"{new NpgsqlConnectionStringBuilder(limited).Options} -c lock_timeout=25ms -c plan_cache_mode=force_generic_plan -c enable_seqscan=off",
        }.ConnectionString;

    /// <summary>
    /// No call may hang: a connection within 3 s, a lock within 1.5 s, an answer of any kind within 2 s and half a second more to cancel what
    /// was asked; all that comes before a commit within <see cref="DeadlineInterceptor.UntilCommit"/>; a forgotten transaction ends after 10 s.
    /// A small pool: on few cores more connections only wait for each other. What is asked again is prepared,
    /// but planned for what it asks: a plan that was made while a table was empty would be kept when it no longer is.
    /// </summary>
    internal static string WithLimits(string connectionString)
    {
        var given = new DbConnectionStringBuilder { ConnectionString = connectionString };
        var limits = new NpgsqlConnectionStringBuilder
        {
            MaxPoolSize = 16,
            Timeout = 3,
            CommandTimeout = 2,
            CancellationTimeout = 500,
            KeepAlive = 15,
            MaxAutoPrepare = 64,
            AutoPrepareMinUsages = 2,
            Options = "-c statement_timeout=1900ms -c lock_timeout=1500ms -c idle_in_transaction_session_timeout=10s -c plan_cache_mode=force_custom_plan",
            ApplicationName = ApplicationName,
        };
        var merged = new NpgsqlConnectionStringBuilder(limits.ConnectionString);
        foreach (string key in given.Keys)
            merged[key] = given[key];

        return merged.ConnectionString;
    }
}
