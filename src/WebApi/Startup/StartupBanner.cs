using CleanMessaging.Infrastructure.Identity;
using CleanMessaging.WebApi.Network;
using CleanMessaging.WebApi.Pages;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Startup;

internal static class StartupBanner
{
    /// <summary>Prints the server's addresses and the demo accounts in Development, once the server listens.</summary>
    public static void PrintStartupBannerInDevelopment(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment())
            return;

        app.Lifetime.ApplicationStarted.Register(() =>
        {
            var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
            var basePath = app.Services.GetRequiredService<IOptions<ProxyOptions>>().Value.BasePath;
            var address = (addresses.FirstOrDefault() ?? "http://localhost") + basePath;
            var password = DatabasePreparation.DemoPassword(app.Configuration);
            Console.WriteLine(
                $"""

                  CleanMessaging is running.

                    {PageLine(app, address)}
                    Swagger UI    {address}/swagger
                    Hub           {address}/hubs/messaging

                    Demo accounts, password: {password}
                {string.Join(Environment.NewLine, DemoAccounts.All.Select(demo => $"      {demo.Email,-24}{demo.Role}"))}

                  Stop with Ctrl+C.

                """);
        });
    }

    /// <summary>
    /// Returns the line with the web page; for a server that was built without the web client, the line with the server's address.
    /// </summary>
    private static string PageLine(WebApplication app, string address) =>
        app.Services.GetRequiredService<PageFiles>().AreThere ? $"Web page      {address}/" : $"Application   {address}";
}
