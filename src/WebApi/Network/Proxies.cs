using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Network;

/// <summary>
/// Reads the client's address and scheme, and the base path, from the headers of the configured proxies. Ignores the headers of other
/// senders.
/// </summary>
internal static class Proxies
{
    public static IServiceCollection AddProxies(this IServiceCollection services, IConfiguration settings)
    {
        services.AddOptions<ProxyOptions>().Bind(settings.GetSection(ProxyOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<ProxyOptions>>((forwarded, proxies) =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;

            // No limit on hops: the first address that is not a known proxy is the client's.
            forwarded.ForwardLimit = null;
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var network in proxies.Value.ToNetworks())
                forwarded.KnownIPNetworks.Add(network);
        });

        return services;
    }

    /// <summary>
    /// Adds the middleware only if a proxy is configured, because the middleware treats an empty list as "trust every sender".
    /// </summary>
    public static void UseProxies(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<ProxyOptions>>().Value;
        var (basePath, known) = (new PathString(options.BasePath), options.ToNetworks().ToList());

        // Runs before the forwarded-headers middleware replaces the proxy's address with the client's.
        app.Use((httpContext, next) =>
        {
            BasePath.Apply(httpContext, basePath, known);

            return next(httpContext);
        });
        if (known.Count > 0)
            app.UseForwardedHeaders();
    }
}
