using CleanMessaging.Application;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Infrastructure.Attachments.Inspection;
using CleanMessaging.Infrastructure.Attachments.Scanning;
using CleanMessaging.Infrastructure.Attachments.Storage;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Identity;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Persistence.Search;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.Infrastructure.Telemetry;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Health;
using CleanMessaging.WebApi.Limits;
using CleanMessaging.WebApi.Media;
using CleanMessaging.WebApi.Network;
using CleanMessaging.WebApi.OpenApi;
using CleanMessaging.WebApi.Pages;
using CleanMessaging.WebApi.Requests;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Startup;

internal static class HostRegistration
{
    /// <summary>Registers all services of the application.</summary>
    /// <exception cref="StartRejectedException">A connection string is missing or invalid.</exception>
    public static void AddMessaging(this WebApplicationBuilder builder)
    {
        var settings = builder.Configuration;
        var services = builder.Services;
        AddPersistence(builder);
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<QuotaOptions>().Bind(settings.GetSection(QuotaOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<MessageOptions>().Bind(settings.GetSection(MessageOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services
            .AddOptions<ReactionOptions>()
            .Bind(settings.GetSection(ReactionOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services
            .AddOptions<ConversationOptions>()
            .Bind(settings.GetSection(ConversationOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services
            .AddOptions<RetentionOptions>()
            .Bind(settings.GetSection(RetentionOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services
            .AddOptions<AttachmentOptions>()
            .Bind(settings.GetSection(AttachmentOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddOptions<SearchOptions>().Bind(settings.GetSection(SearchOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<AttachmentOptions>>().Value.ToPolicy());
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<QuotaOptions>>().Value.ToPolicy());
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<MessageOptions>>().Value.ToPolicy());
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<ReactionOptions>>().Value.ToPolicy());
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<RetentionOptions>>().Value.ToPolicy());
        services.AddSingleton(provider => new EditHistoryVisibility(
            provider.GetRequiredService<IOptions<MessageOptions>>().Value.EditHistory));
        services.AddSingleton(provider => new ConversationPrice(provider.GetRequiredService<IOptions<ConversationOptions>>().Value.Price));

        services.AddProxies(settings);
        services.AddOrigins(settings);
        services.AddCallerLimits(settings);
        services.AddSingleton<MessagingMetrics>();
        builder.AddTelemetry();
        services.AddApplication(settings["AutoMapper:LicenseKey"]);
        AddRealtime(builder);
        services.AddTransport(settings);
        services.AddEncryption(settings);
        services.AddAttachmentStorage(settings, RealtimeRegistration.RedisConnectionName);
        services.AddVirusScanner(settings);
        services.AddInspection();
        services.AddAccounts(settings);
        services.AddTokenAuthentication();
        services.AddMedia(settings);
        services.AddExceptionHandler<Problems>();
        services.AddSingleton<KnownQueryOnly>();
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(options => StrictJson.Configure(options.SerializerOptions));
        services.AddReadiness();
        services.AddSingleton(new PageFiles(PageFiles.DefaultFolder));
        services.AddOpenApiDocument();
    }

    private static void AddPersistence(WebApplicationBuilder builder)
    {
        const string Name = DatabaseConnections.MessagingName;
        var settings = builder.Configuration;
        if (settings.GetConnectionString(Name) is not { } messaging || string.IsNullOrWhiteSpace(messaging))
        {
            throw new StartRejectedException(
                $"No database is configured. Set ConnectionStrings:{Name} (environment variable ConnectionStrings__{Name}), "
                + "for example Host=db;Database=cleanmessaging;Username=cleanmessaging;Password=...");
        }

        try
        {
            builder.Services.AddPersistence(new DatabaseConnections(
                messaging,
                Optional(DatabaseConnections.SendsName),
                Optional(DatabaseConnections.MigrationName)));
        }
        catch (ArgumentException exception)
        {
            throw new StartRejectedException($"ConnectionStrings:{Name} cannot be read. {exception.Message}");
        }

        // An empty environment variable counts as not set.
        string? Optional(string name) =>
            settings.GetConnectionString(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value : null;
    }

    private static void AddRealtime(WebApplicationBuilder builder)
    {
        try
        {
            builder.Services.AddRealtime(builder.Configuration);
        }
        catch (ArgumentException exception)
        {
            throw new StartRejectedException(
                $"ConnectionStrings:{RealtimeRegistration.RedisConnectionName} cannot be read. {exception.Message}");
        }
    }
}
