using System.Diagnostics;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Persistence;

public sealed class PooledContextTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    /// <summary>Otherwise whoever comes seconds later would be told that there is no time left.</summary>
    [Fact]
    public async Task Context_UsedAgain_HasItsWholeTimeBeforeIt()
    {
        var used = await UseAsync();
        var since = Stopwatch.GetTimestamp();

        var (again, elapsed) = (used.Context, TimeSpan.Zero);
        for (var attempt = 0; attempt == 0 || !ReferenceEquals(again, used.Context); attempt++)
        {
            attempt.ShouldBeLessThan(1_000, "No context is used again.");
            (again, elapsed) = await UseAsync();
        }

        elapsed.ShouldBeLessThan(Stopwatch.GetElapsedTime(since));
    }

    private async Task<(MessagingDbContext Context, TimeSpan Elapsed)> UseAsync()
    {
        await using var scope = fixture.Server.Services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<MessagingDbContext>();

        return (context, context.Elapsed);
    }
}
