using System.Collections.Concurrent;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>Tests that a new operation is added to <see cref="EveryRequest"/>, so that the tests of upgrades cover it.</summary>
public sealed class EveryRequestTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public async Task Make_OnAServer_CallsEveryOperation()
    {
        var recorder = new Recorder();
        await using var server = await fixture.StartAnotherAsync(
            new Dictionary<string, string?>(), services => services.AddSingleton<IStartupFilter>(recorder));
        var operations = server.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .OfType<RouteEndpoint>()
            .Where(IsOperation)
            .Select(operation => operation.DisplayName)
            .ToList();

        await EveryRequest.MakeAsync(server);

        operations.ShouldNotBeEmpty();
        operations.Except(recorder.Called).ShouldBeEmpty();
    }

    private static bool IsOperation(RouteEndpoint endpoint) =>
        endpoint.RoutePattern.RawText!.TrimStart('/').StartsWith("api/", StringComparison.Ordinal);

    /// <summary>Records the endpoint of each request before the client gets the response.</summary>
    private sealed class Recorder : IStartupFilter
    {
        public ConcurrentBag<string?> Called { get; } = [];

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => application =>
        {
            application.Use((httpContext, following) =>
            {
                httpContext.Response.OnStarting(() =>
                {
                    if (httpContext.GetEndpoint() is { } endpoint)
                        Called.Add(endpoint.DisplayName);

                    return Task.CompletedTask;
                });

                return following(httpContext);
            });
            next(application);
        };
    }
}
