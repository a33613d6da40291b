using System.Collections.Concurrent;
using System.Net;
using System.Text;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Api.Tests.Telemetry;

/// <summary>Tests the OTLP export: it traces a request down to its SQL and contains no private data.</summary>
/// <remarks>
/// Runs with no other test: servers in one process share their meters, and one that stops ends the metrics of the others.
/// </remarks>
[Collection(nameof(NotParallel))]
public sealed class ExportTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const string Text = "Between the two of us";

    [Fact]
    public async Task Export_ToAReceiver_SendsTracesMetricsAndLogsWithoutTextOrToken()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "100",
            ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
            ["Logging:LogLevel:Default"] = "Information",
        });
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        await using var connection = await startup.ConnectAsync();
        await connection.JoinAsync(conversationId);

        (await investor.SendAsync(conversationId, Text)).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(Guid.CreateVersion7(), Text)).Expect(HttpStatusCode.NotFound);

        await Eventually.TrueAsync(() => receiver.Got("/v1/traces", "POST /api/messages/send"), "No trace of the HTTP request.");
        await Eventually.TrueAsync(() => receiver.Got("/v1/traces", "MessagingHub/Join"), "No trace of the hub call.");
        await Eventually.TrueAsync(() => receiver.Got("/v1/traces", "INSERT INTO messages"), "No trace of the SQL.");
        await Eventually.TrueAsync(
            () => receiver.Got("/v1/metrics", "cleanmessaging.messages.sent"), "No metric of the application was exported.");
        await Eventually.TrueAsync(() => receiver.Got("/v1/metrics", "db.client.connection"), "No metric of the pool.");
        await Eventually.TrueAsync(() => receiver.Got("/v1/logs", "conversation.not_found"), "No log line.");
        receiver.Got("", Text).ShouldBeFalse();
        receiver.Got("", startup.AccessToken).ShouldBeFalse();
        receiver.Got("", investor.AccessToken).ShouldBeFalse();
    }

    /// <summary>Accepts and records everything that is posted to it.</summary>
    private sealed class Receiver(WebApplication app) : IAsyncDisposable
    {
        private readonly ConcurrentQueue<(string Path, string Body)> _posts = new();

        public string Address => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        public static async Task<Receiver> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.Urls.Add("http://127.0.0.1:0");
            var receiver = new Receiver(app);
            app.MapPost("{**path}", async (HttpContext httpContext) =>
            {
                using var body = new MemoryStream();
                await httpContext.Request.Body.CopyToAsync(body);
                receiver._posts.Enqueue((httpContext.Request.Path, Encoding.UTF8.GetString(body.ToArray())));
            });
            await app.StartAsync(TestContext.Current.CancellationToken);

            return receiver;
        }

        /// <summary>Returns whether a text was posted to a path with this prefix.</summary>
        public bool Got(string path, string text) =>
            _posts.Any(post => post.Path.StartsWith(path, StringComparison.Ordinal) && post.Body.Contains(text, StringComparison.Ordinal));

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
