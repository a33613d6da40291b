using CleanMessaging.Infrastructure.Transport;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Startup;

/// <summary>Rejects or reports links of the server without verified TLS: docs/decisions/0059-verified-links.md.</summary>
internal static partial class TransportRegistration
{
    /// <summary>Validates the links when the server starts. Call it when the connection strings are known to be readable.</summary>
    public static void AddTransport(this IServiceCollection services, IConfiguration settings)
    {
        services
            .AddOptions<TransportOptions>()
            .Bind(settings.GetSection(TransportOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<TransportOptions>>(new Validation(settings));
    }

    /// <summary>Logs a warning for each link without verified TLS, before the server uses it.</summary>
    public static void WarnOfUnverifiedLinks(this WebApplication app)
    {
        foreach (var link in NetworkLinks.FindUnverified(app.Configuration))
            Log.Unverified(app.Logger, link.Setting, link.Host, link.Remedy);
    }

    private sealed class Validation(IConfiguration settings) : IValidateOptions<TransportOptions>
    {
        public ValidateOptionsResult Validate(string? name, TransportOptions options)
        {
            var errors = NetworkLinks.FindCertificateErrors(settings, options).ToList();
            if (options.RequireTls)
            {
                errors.AddRange(
                    from link in NetworkLinks.FindUnverified(settings)
                    select $"{TransportOptions.Section}:{nameof(TransportOptions.RequireTls)} is true, but {link.Setting} leads to "
                        + $"{link.Host} without verified TLS. {link.Remedy}");
            }

            return errors.Count > 0 ? ValidateOptionsResult.Fail(errors) : ValidateOptionsResult.Success;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "{Setting} leads to {Host} without verified TLS: another host on the network could read or change the data. {Remedy}")]
        public static partial void Unverified(ILogger logger, string setting, string host, string remedy);
    }
}
