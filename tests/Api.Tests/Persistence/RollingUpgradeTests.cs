using System.Net;
using CleanMessaging.Api.Tests.Wallets;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>While servers are replaced one after the other, the old ones work on a database that a new one has migrated.</summary>
public sealed class RollingUpgradeTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    /// <summary>PostgreSQL refuses a prepared statement whose columns have become others: none of ours may say that it wants all there are.</summary>
    [Fact]
    public async Task EveryRequest_AfterColumnsWereAdded_WorksAsBefore()
    {
        // Few connections, so that what is prepared is used again.
        await using var newer = await fixture.StartAnotherAsync(new Dictionary<string, string?>());
        var few = new NpgsqlConnectionStringBuilder(newer.ConnectionString) { MaxPoolSize = 2 };
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), connectionString: few.ConnectionString);
        foreach (var _ in Enumerable.Range(0, 4))
            await UseAsync(server);

        await server.ExecuteAsync(
            """
            DO $$ DECLARE of_ours text; BEGIN
                FOR of_ours IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
                    EXECUTE format('ALTER TABLE %I ADD COLUMN of_the_next_version integer', of_ours);
                END LOOP;
            END $$
            """);

        foreach (var _ in Enumerable.Range(0, 2))
            await UseAsync(server);
    }

    private static async Task UseAsync(ApiServer server)
    {
        var admin = await server.CreateAdminAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var credit = (await admin.CreditAsync(investor.Id, 10, WalletSteps.NewKey())).Expect(HttpStatusCode.Created).Data.Id();
        (await admin.CreditAsync(investor.Id, 10, WalletSteps.NewKey())).Expect(HttpStatusCode.Created);
        (await admin.PutAsync($"/api/admin/users/{investor.Id}/quota", new { dailyFreeLimit = 1, pointsPerMessage = 5 })).Expect(HttpStatusCode.OK);
        var clientMessageId = Guid.CreateVersion7();
        (await investor.SendAsync(conversationId, "Free", clientMessageId)).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(conversationId, "Free", clientMessageId)).Expect(HttpStatusCode.OK);
        var paid = (await investor.SendAsync(conversationId, "Paid")).Expect(HttpStatusCode.Created).Data.Id();
        (await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK);
        (await startup.GetAsync($"/api/messages?conversationId={conversationId}&before={paid}")).Expect(HttpStatusCode.OK);
        (await startup.PostAsync("/api/messages/read", new { conversationId, messageIds = new[] { paid } })).Expect(HttpStatusCode.OK);
        (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        foreach (var path in new[] { "/api/conversations", $"/api/conversations/{conversationId}", "/api/messages/quota", "/api/wallet", "/api/wallet/transactions", "/api/users" })
            (await investor.GetAsync(path)).Expect(HttpStatusCode.OK);
        (await investor.PostAsync("/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = 0 } } })).Expect(HttpStatusCode.OK);
        await using (var connection = await startup.ConnectAsync())
        {
            await connection.Hub.InvokeAsync("Join", new { conversationId, sinceRevision = 0 }, TestContext.Current.CancellationToken);
            await connection.Hub.InvokeAsync("Read", new { conversationId }, TestContext.Current.CancellationToken);
        }

        (await admin.ReverseAsync(credit)).Expect(HttpStatusCode.Created);
        (await admin.GetAsync("/api/admin/wallets/verify")).Expect(HttpStatusCode.OK);
        var again = await server.LogInAsync(investor.Email);
        (await server.PostAsync("/api/auth/refresh", new { refreshToken = again.RefreshToken })).Expect(HttpStatusCode.OK);
        (await startup.PostAsync("/api/auth/password", new { currentPassword = ApiServer.Password, newPassword = "another-password-1" })).Expect(HttpStatusCode.OK);
        (await admin.PostAsync($"/api/admin/users/{investor.Id}/deactivate", new { })).Expect(HttpStatusCode.OK);
        (await admin.PostAsync($"/api/admin/users/{investor.Id}/reactivate", new { })).Expect(HttpStatusCode.OK);
        (await admin.PostAsync("/api/auth/logout", new { })).Expect(HttpStatusCode.OK);
    }
}
