using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Pipeline;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Application;

public static class ApplicationRegistration
{
    /// <summary>
    /// Registers the request handlers, their validators, the request pipeline, and the mappings from entities to responses.
    /// </summary>
    /// <param name="autoMapperLicenseKey">The AutoMapper license key. Without it (null) AutoMapper logs a warning.</param>
    public static IServiceCollection AddApplication(this IServiceCollection services, string? autoMapperLicenseKey)
    {
        var assembly = typeof(ApplicationRegistration).Assembly;
        services.AddRequestPipeline(assembly);
        services.AddScoped<SessionIssuer>();
        services.AddSingleton<AttachmentUploads>();
        services.AddAutoMapper(configuration => configuration.LicenseKey = autoMapperLicenseKey, assembly);

        return services;
    }
}
