using System.Net;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>
/// Tests that no message text, password, token or key is ever logged, on success or failure, with every category enabled at Information.
/// </summary>
public sealed class LogTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const string Secret = "whispered-in-confidence";
    private const string NewPassword = "another-password-1";

    [Fact]
    public async Task Logs_OfARunWithFailures_HoldNoTextPasswordTokenOrKey()
    {
        Assert.SkipWhen(EncryptedRun.IsOn, EncryptedRun.NeedsPlainTexts);
        using var logs = new CapturedLogs();
        await using var server = await fixture.StartAnotherAsync(TestKeys.Settings("one", "two"), logs.AddTo);
        var tokens = new List<string> { TestKeys.ValueOf("one"), TestKeys.ValueOf("two") };

        await RunAsync(server, tokens);

        logs.Lines.Count.ShouldBeGreaterThan(100);
        tokens.Count.ShouldBeGreaterThanOrEqualTo(8);
        var logged = logs.Lines.Where(line => line.Level >= LogLevel.Information).ToList();
        logged.Select(line => line.Category).ShouldContain("Microsoft.AspNetCore.Hosting.Diagnostics");
        foreach (var secret in (string[])[Secret, ApiServer.Password, NewPassword, "wrong-password-1", ApiServer.SigningKey, .. tokens])
        {
            logged
                .Where(line => line.Text.Contains(secret, StringComparison.Ordinal))
                .Select(line => $"{line.Level} {line.Category}")
                .Distinct()
                .ShouldBeEmpty(secret);
        }

        // Tokens and keys are not logged at any level.
        foreach (var token in tokens)
        {
            logs.Lines
                .Where(line => line.Text.Contains(token, StringComparison.Ordinal))
                .Select(line => $"{line.Level} {line.Category}")
                .Distinct()
                .ShouldBeEmpty();
        }
    }

    private static async Task RunAsync(ApiServer server, List<string> tokens)
    {
        var investor = await server.CreateWithPointsAsync(UserRole.Investor, 10);
        var startup = await server.RegisterStartupAsync();
        tokens.AddRange([investor.AccessToken, investor.RefreshToken, startup.AccessToken, startup.RefreshToken]);
        var conversationId = await investor.ConversationWithAsync(startup);

        // Accounts: invalid registration, taken address, wrong password, refreshed token, reused token.
        await server.PostAsync(
            "/api/auth/register", new { email = "no address", password = ApiServer.Password, displayName = "", role = "Startup" });
        (await server.PostAsync("/api/auth/register", new { email = startup.Email, password = ApiServer.Password, displayName = "Twin", role = "Startup" }))
            .ExpectError(HttpStatusCode.Conflict, "user.email_taken");
        (await server.PostAsync("/api/auth/login", new { email = startup.Email, password = "wrong-password-1" }))
            .Expect(HttpStatusCode.Unauthorized);
        var refreshed = (await server.PostAsync("/api/auth/refresh", new { refreshToken = startup.RefreshToken }))
            .Expect(HttpStatusCode.OK);
        tokens.AddRange([refreshed.Data.GetProperty("accessToken").GetString()!, refreshed.Data.GetProperty("refreshToken").GetString()!]);
        (await server.PostAsync("/api/auth/refresh", new { refreshToken = tokens[^1] })).Expect(HttpStatusCode.OK);
        (await server.PostAsync("/api/auth/refresh", new { refreshToken = startup.RefreshToken })).Expect(HttpStatusCode.Unauthorized);

        // The reuse has revoked the session. A password is changed after an attempt with a wrong one.
        startup = await server.LogInAsync(startup.Email);
        tokens.AddRange([startup.AccessToken, startup.RefreshToken]);
        (await startup.PostAsync("/api/auth/password", new { currentPassword = "wrong-password-1", newPassword = NewPassword }))
            .Expect(HttpStatusCode.Forbidden);
        var changed = await startup.PostAsync(
            "/api/auth/password", new { currentPassword = ApiServer.Password, newPassword = NewPassword });
        startup = server.SignedIn(changed.Expect(HttpStatusCode.OK));
        tokens.AddRange([startup.AccessToken, startup.RefreshToken]);

        // The hub, with the token in the query string, as browsers connect.
        await using var listener = await startup.ConnectAsync();
        await listener.JoinAsync(conversationId);
        using (var browser = new System.Net.WebSockets.ClientWebSocket())
        {
            await browser.ConnectAsync(
                RawHubConnection.AddressOf(server, $"?v=1&access_token={Uri.EscapeDataString(startup.AccessToken)}&x=2"),
                TestContext.Current.CancellationToken);
        }

        using (var client = server.CreateClient())
        {
            using var negotiated = await client.PostAsync(
                $"/hubs/messaging/negotiate?access_token={startup.AccessToken}", null, TestContext.Current.CancellationToken);
            using var rejected = await client.GetAsync(
                $"/api/wallet?access_token={investor.AccessToken}", TestContext.Current.CancellationToken);
            rejected.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }

        // Messages: sent, repeated, in parallel, rejected in every way.
        var clientMessageId = Guid.CreateVersion7();
        await Task.WhenAll(Enumerable.Range(1, 5).Select(_ => investor.SendAsync(conversationId, Secret, clientMessageId)));
        await listener.NextAsync("NewMessage");
        var different = await investor.SendAsync(conversationId, $"{Secret}, but different", clientMessageId);
        different.ExpectError(HttpStatusCode.UnprocessableEntity, "message.client_id_reused");
        var sentId = (await investor.SendAsync(conversationId, Secret, clientMessageId)).Expect(HttpStatusCode.OK).Data.Id();
        (await investor.EditAsync(sentId, $"{Secret}, edited", version: 0)).Expect(HttpStatusCode.OK);
        (await investor.SendAsync(conversationId, Secret, clientMessageId)).Expect(HttpStatusCode.OK);
        (await investor.SendAsync(conversationId, $"{Secret}, edited", clientMessageId))
            .ExpectError(HttpStatusCode.UnprocessableEntity, "message.client_id_reused");
        (await investor.EditAsync(sentId, Secret, version: 1)).Expect(HttpStatusCode.OK);
        await investor.SendAsync(conversationId, Secret + "\0");
        await investor.SendAsync(conversationId, string.Concat(Enumerable.Repeat(Secret, 300)));
        await investor.SendAsync(Guid.CreateVersion7(), Secret);
        await investor.PostAsync("/api/messages/send", new { conversationId, content = Secret, maxPoint = 1 });
        await listener.ErrorOfAsync("Typing", new { conversationId, isTyping = Secret });

        // Database errors: a duplicate key, a lock time-out, a failing statement.
        await using (var connection = new NpgsqlConnection(server.ConnectionString))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using var hold = new NpgsqlCommand(
                $"SELECT 1 FROM conversations WHERE id = '{conversationId}' FOR UPDATE", connection, transaction);
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            (await investor.SendAsync(conversationId, Secret)).Expect(HttpStatusCode.ServiceUnavailable);
        }

        await server.ExecuteAsync("ALTER TABLE messages ADD CONSTRAINT ck_test CHECK (content NOT LIKE '%confidence!')");
        (await investor.SendAsync(conversationId, $"{Secret}!")).Expect(HttpStatusCode.InternalServerError);
        await server.ExecuteAsync("CREATE UNIQUE INDEX ux_test ON messages (conversation_id, content)");
        (await investor.SendAsync(conversationId, Secret)).Expect(HttpStatusCode.InternalServerError);
    }
}
