using CleanMessaging.Client;
using CleanMessaging.WebClient;
using CleanMessaging.WebClient.Accounts;
using CleanMessaging.WebClient.Browser;
using CleanMessaging.WebClient.Shell;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Components.WebAssembly.Hosting;

await Task.WhenAll(
    BrowserModule.LoadAsync(),
    FilesModule.LoadAsync(),
    LogModule.LoadAsync(),
    MenuModule.LoadAsync(),
    RecorderModule.LoadAsync(),
    ReplyModule.LoadAsync(),
    SearchModule.LoadAsync(),
    ViewModule.LoadAsync(),
    VoiceModule.LoadAsync());

var builder = WebAssemblyHostBuilder.CreateDefault(args);
builder.RootComponents.Add<App>("#app");
builder.RootComponents.Add<HeadOutlet>("head::after");
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton(new MessagingClient(new Uri(builder.HostEnvironment.BaseAddress), new LocalCredentialStore()));
builder.Services.AddSingleton<SignIn>();
builder.Services.AddSingleton<Page>();
builder.Services.AddSingleton<Announcements>();
builder.Services.AddSingleton<FocusOnNavigation>();
builder.Services.AddSingleton<Seconds>();
builder.Services.AddSingleton<DayChangeNotifier>();

var host = builder.Build();
host.Services.GetRequiredService<Page>().Listen();

// Created before the router, so that it handles a navigation before the router renders the new page.
host.Services.GetRequiredService<FocusOnNavigation>();
await host.Services.GetRequiredService<SignIn>().RestoreAsync();
await host.RunAsync();
