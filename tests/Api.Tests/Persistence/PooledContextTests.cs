using CleanMessaging.Application.Storage;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Persistence;

public sealed class PooledContextTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    /// <summary>
    /// Tests that a reused context gets a new deadline. With the old one, a request would time out because another request used the context
    /// before.
    /// </summary>
    [Fact]
    public async Task Context_UsedAgain_HasTheDeadlineOfItsNewRequest()
    {
        var used = await UseAsync();

        for (var attempt = 0; ; attempt++)
        {
            attempt.ShouldBeLessThan(1_000, "No context is used again.");
            var (context, deadline, ofRequest) = await UseAsync();
            deadline.ShouldBeSameAs(ofRequest);
            if (ReferenceEquals(context, used.Context))
                break;
        }
    }

    private async Task<(MessagingDbContext Context, DatabaseDeadline? Deadline, DatabaseDeadline OfRequest)> UseAsync()
    {
        await using var scope = fixture.Server.Services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<MessagingDbContext>();

        return (context, context.Deadline, scope.ServiceProvider.GetRequiredService<DatabaseDeadline>());
    }
}
