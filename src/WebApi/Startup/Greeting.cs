using CleanMessaging.Infrastructure.Identity;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace CleanMessaging.WebApi.Startup;

internal static class Greeting
{
    /// <summary>Tells a developer, once the server listens, where it is and who can sign in.</summary>
    public static void GreetInDevelopment(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment())
            return;

        app.Lifetime.ApplicationStarted.Register(() =>
        {
            var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
            var address = addresses.FirstOrDefault() ?? "http://localhost";
            var password = DatabasePreparation.DemoPassword(app.Configuration);
            Console.WriteLine(
                $"""

                  CleanMessaging is running.

                    Application   {address}
                    Swagger UI    {address}/swagger
                    Hub           {address}/hubs/messaging

                    Demo accounts, password: {password}
                {string.Join(Environment.NewLine, DemoAccounts.All.Select(demo => $"      {demo.Email,-24}{demo.Role}"))}

                  Stop with Ctrl+C.

                """);
        });
    }
}
