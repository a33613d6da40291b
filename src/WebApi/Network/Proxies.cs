using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Network;

/// <summary>Takes the client's address and scheme, and the base path, from the proxies that are configured and from no other sender.</summary>
internal static class Proxies
{
    public static IServiceCollection AddProxies(this IServiceCollection services, IConfiguration settings)
    {
        services.AddOptions<ProxyOptions>().Bind(settings.GetSection(ProxyOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<ProxyOptions>>((forwarded, proxies) =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;

            // As many hops as there are known proxies in a row; the first unknown address is the client's.
            forwarded.ForwardLimit = null;
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var network in proxies.Value.ToNetworks())
                forwarded.KnownIPNetworks.Add(network);
        });

        return services;
    }

    /// <summary>Without a known proxy there is nothing to read: the middleware would take an empty list for "everybody".</summary>
    public static void UseProxies(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<ProxyOptions>>().Value;
        var (basePath, known) = (new PathString(options.BasePath), options.ToNetworks().ToList());

        // Before the client's address takes the place of the proxy's.
        app.Use((httpContext, next) =>
        {
            BasePath.Apply(httpContext, basePath, known);

            return next(httpContext);
        });
        if (known.Count > 0)
            app.UseForwardedHeaders();
    }
}
