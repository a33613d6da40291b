using System.Diagnostics;
using System.Net;
using System.Security.Claims;
using System.Text.Json;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Infrastructure.Tokens;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Accounts;

/// <summary>
/// Tests that a role change revokes access within 5 seconds on every server, also when it is made directly in the database. The next tokens
/// have the new role.
/// </summary>
public sealed class RoleChangeTests(TestPostgres postgres, TwoServers servers) : IClassFixture<TwoServers>
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(5);

    private readonly ApiServer _here = servers.Here;
    private readonly ApiServer _elsewhere = servers.Elsewhere;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ChangeRole_OfAnAdmin_EndsRestAndSocketsOnEveryServerAndTheNextTokensAreNoAdmins()
    {
        var admin = await _here.CreateAdminAsync();
        var otherAdmin = await _here.CreateAdminAsync();
        (await AskAsAdminAsync(admin)).Expect(HttpStatusCode.OK);

        await ShouldEndAsync(admin, () => SetAsync(admin, "role = 'Investor'"));

        var refreshed = _here.SignedIn((await _here.RefreshAsync(admin)).Expect(HttpStatusCode.OK));
        foreach (var user in (TestUser[])[refreshed, _elsewhere.As(refreshed)])
        {
            await user.ShouldBeInAsync();
            (await AskAsAdminAsync(user)).ExpectError(HttpStatusCode.Forbidden, "auth.forbidden");
            await using var socket = await user.ConnectAsync();
        }

        (await AskAsAdminAsync(otherAdmin)).Expect(HttpStatusCode.OK);
        (await AskAsAdminAsync(_elsewhere.As(otherAdmin))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task ChangeRole_ThereAndBack_EndsWhatWasGivenBefore()
    {
        var user = await _here.RegisterInvestorAsync();
        await ShouldEndAsync(user, () => SetAsync(user, "role = 'Admin'"));
        var promoted = _here.SignedIn((await _here.RefreshAsync(user)).Expect(HttpStatusCode.OK));
        (await AskAsAdminAsync(promoted)).Expect(HttpStatusCode.OK);

        await ShouldEndAsync(promoted, () => SetAsync(user, "role = 'Investor'"));

        await user.ShouldBeOutAsync();
        var back = await _here.LogInAsync(user.Email);
        await back.ShouldBeInAsync();
        (await AskAsAdminAsync(back)).ExpectError(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    [Fact]
    public async Task DeactivateUser_InTheDatabase_EndsAccessOnEveryServer()
    {
        var user = await _here.RegisterInvestorAsync();

        await ShouldEndAsync(user, () => SetAsync(user, "deactivated_at = now()"));

        (await _here.RefreshAsync(user)).ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_refresh_token");
    }

    [Fact]
    public async Task ChangeOfAnythingElse_InTheDatabase_EndsNothing()
    {
        var user = await _here.RegisterInvestorAsync();
        await SetAsync(user, "role = role, display_name = 'Another', password_hash = password_hash, deactivated_at = NULL");
        var changed = await _here.RegisterInvestorAsync();
        await SetAsync(changed, "role = 'Startup'");
        await Eventually.TrueAsync(() => changed.IsOutAsync(), "The server still accepts the token.");

        await user.ShouldBeInAsync();
        (await _here.QueryAsync<int>($"SELECT access_version FROM users WHERE id = '{user.Id}'")).ShouldBe(0);
    }

    [Fact]
    public async Task Hub_HandshakeAfterTheRoleHasChanged_IsCut()
    {
        var user = await _here.RegisterInvestorAsync();
        await using var waiting = await RawHubConnection.ConnectAsync(_here, user);
        await SetAsync(user, "role = 'Startup'");
        await Eventually.TrueAsync(() => user.IsOutAsync(), "The server still accepts the token.");

        await waiting.SendAsync(RawHubConnection.Handshake);

        (await waiting.WaitForEndAsync()).ShouldNotContain("Connected");
    }

    [Fact]
    public async Task Server_StartedAfterARoleHasChanged_RejectsEarlierTokensFromItsFirstRequestOn()
    {
        var user = await _here.RegisterInvestorAsync();
        await SetAsync(user, "role = 'Startup'");
        await SetAsync(user, "access_changed_at = now() - interval '59 minutes'");

        await using var started = await ApiServer.StartAsync(postgres, connectionString: _here.ConnectionString);

        await started.As(user).ShouldBeOutAsync();
    }

    /// <summary>Tests that the servers notice a change after its commit, also when its transaction was open for a long time.</summary>
    [Fact]
    public async Task ChangeRole_InALongTransaction_HasTheTimeOfItsCommit()
    {
        var user = await _here.RegisterInvestorAsync();
        await using var connection = new NpgsqlConnection(_here.ConnectionString);
        await connection.OpenAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await ExecuteAsync($"UPDATE users SET role = 'Startup' WHERE id = '{user.Id}'");
        var beforeCommit = await ExecuteAsync("SELECT clock_timestamp()");
        await transaction.CommitAsync(Token);

        (await _here.QueryAsync<bool>($"SELECT access_changed_at > '{beforeCommit:O}' AND access_version = 1 FROM users WHERE id = '{user.Id}'")).ShouldBeTrue();
        await Eventually.TrueAsync(() => user.IsOutAsync(), "The server still accepts the token.");

        async Task<object?> ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);

            return await command.ExecuteScalarAsync(Token);
        }
    }

    [Fact]
    public void AccessVersions_OnceEveryTokenHasExpired_AreForgotten()
    {
        var versions = _here.Services.GetRequiredService<AccessVersions>();
        var userId = Guid.CreateVersion7();
        var changedAt = new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
        var margin = TimeSpan.FromMinutes(1);
        versions.Advance(userId, 2, changedAt).ShouldBeTrue();
        versions.Advance(userId, 2, changedAt).ShouldBeFalse();
        versions.Advance(userId, 1, changedAt).ShouldBeFalse();

        IsOutdated(1).ShouldBeTrue();
        IsOutdated(null).ShouldBeTrue();
        IsOutdated(2).ShouldBeFalse();
        versions.Forget(changedAt + JwtOptions.AccessTokenLifetimeMax + margin, margin);
        IsOutdated(1).ShouldBeTrue();
        versions.Forget(changedAt + JwtOptions.AccessTokenLifetimeMax + margin + TimeSpan.FromTicks(1), margin);
        IsOutdated(1).ShouldBeFalse();

        bool IsOutdated(int? version) => versions.IsOutdated(new ClaimsPrincipal(new ClaimsIdentity(
            version is null
                ? [new Claim(TokenClaims.UserId, userId.ToString())]
                : [new Claim(TokenClaims.UserId, userId.ToString()), new Claim(TokenClaims.AccessVersion, $"{version}")])));
    }

    /// <summary>Tests that the other participants, on any server, see immediately that they cannot write to a deactivated user.</summary>
    [Fact]
    public async Task DeactivateUser_InConversations_IsShownToTheOtherParticipantsOnEveryServer()
    {
        var admin = await _here.CreateAdminAsync();
        var (investor, startup, conversationId) = await _here.RegisterPairAsync();
        var other = await _here.RegisterInvestorAsync();
        var otherConversationId = await other.ConversationWithAsync(startup);
        var unconcerned = await _here.RegisterInvestorAsync();
        await using var listener = await investor.ConnectAsync();
        await using var otherListener = await _elsewhere.As(other).ConnectAsync();
        await using var unconcernedListener = await unconcerned.ConnectAsync();
        (await ShownAsync(investor, conversationId)).ShouldBeFalse();

        (await admin.DeactivateAsync(startup.Id)).Expect(HttpStatusCode.OK);
        await ShouldHearAsync(listener, conversationId, startup, isDeactivated: true);
        await ShouldHearAsync(otherListener, otherConversationId, startup, isDeactivated: true);
        (await ShownAsync(investor, conversationId)).ShouldBeTrue();
        (await ShownInListAsync(investor, conversationId)).ShouldBeTrue();

        (await admin.ReactivateAsync(startup.Id)).Expect(HttpStatusCode.OK);
        await ShouldHearAsync(listener, conversationId, startup, isDeactivated: false);
        await ShouldHearAsync(otherListener, otherConversationId, startup, isDeactivated: false);
        (await ShownAsync(investor, conversationId)).ShouldBeFalse();
        unconcernedListener.Unread("ConversationUpdated").ShouldBeEmpty();

        async Task<bool> ShownAsync(TestUser viewer, Guid id) =>
            IsDeactivated((await viewer.GetAsync($"/api/conversations/{id}")).Expect(HttpStatusCode.OK).Data, startup);

        async Task<bool> ShownInListAsync(TestUser viewer, Guid id) => IsDeactivated(
            (await viewer.GetAsync("/api/conversations"))
                .Expect(HttpStatusCode.OK).Data.EnumerateArray()
                .Single(conversation => conversation.Id() == id),
            startup);
    }

    [Fact]
    public async Task ChangeRole_InConversations_IsShownToTheOtherParticipants()
    {
        var (investor, startup, conversationId) = await _here.RegisterPairAsync();
        await using var listener = await _elsewhere.As(investor).ConnectAsync();

        await SetAsync(startup, "role = 'Admin'");

        var updated = await listener.NextAsync(
            "ConversationUpdated", update =>
                ParticipantOf(update.GetProperty("conversation"), startup).GetProperty("role").GetString() == nameof(UserRole.Admin));
        updated.GetProperty("conversation").Id().ShouldBe(conversationId);
    }

    /// <summary>Tests that a change of this many users sends one notification to all connections, and not one for each user.</summary>
    [Theory]
    [InlineData(200, false)]
    [InlineData(201, true)]
    public async Task ChangeRole_OfManyUsersAtOnce_HasClientsResync(int users, bool resyncs)
    {
        var (investor, startup, _) = await _here.RegisterPairAsync();
        await using var listener = await investor.ConnectAsync();
        var batch = $"{Guid.CreateVersion7():N}";
        await _here.ExecuteAsync(
            $"""
            INSERT INTO users (id, display_name, role, created_at, user_name, normalized_user_name, email, normalized_email, email_confirmed, security_stamp, concurrency_stamp)
            SELECT gen_random_uuid(), '{batch}', 'Investor', now(), '{batch}' || n, '{batch}' || n, '{batch}' || n, '{batch}' || n, false, '', '' FROM generate_series(1, {users - 1}) AS n
            """);

        // Once this change has arrived, no earlier one counts as of the same second.
        await SetAsync(startup, "role = 'Investor'");
        await NextRoleAsync(UserRole.Investor);

        await _here.ExecuteAsync($"UPDATE users SET role = 'Admin' WHERE display_name = '{batch}' OR id = '{startup.Id}'");

        if (resyncs)
        {
            await listener.NextAsync("SyncNeeded");
        }
        else
        {
            await NextRoleAsync(UserRole.Admin);
        }

        listener.Unread("SyncNeeded").ShouldBeEmpty();

        Task NextRoleAsync(UserRole role) => listener.NextAsync(
            "ConversationUpdated",
            update => ParticipantOf(update.GetProperty("conversation"), startup).GetProperty("role").GetString() == $"{role}");
    }

    private static async Task ShouldHearAsync(TestConnection listener, Guid conversationId, TestUser user, bool isDeactivated)
    {
        var updated = (
            await listener.NextAsync(
                "ConversationUpdated", update => IsDeactivated(update.GetProperty("conversation"), user) == isDeactivated))
            .GetProperty("conversation");
        updated.Id().ShouldBe(conversationId);
        updated
            .GetProperty("participants")
            .EnumerateArray()
            .Count(participant => participant.GetProperty("isDeactivated").GetBoolean())
            .ShouldBe(isDeactivated ? 1 : 0);
    }

    private static bool IsDeactivated(JsonElement conversation, TestUser user) =>
        ParticipantOf(conversation, user).GetProperty("isDeactivated").GetBoolean();

    private static JsonElement ParticipantOf(JsonElement conversation, TestUser user) =>
        conversation
            .GetProperty("participants")
            .EnumerateArray()
            .Single(participant => participant.GetProperty("userId").GetGuid() == user.Id);

    private static Task<Answer> AskAsAdminAsync(TestUser user) => user.GetAsync("/api/admin/wallets/verify");

    private async Task SetAsync(TestUser user, string what) =>
        (await _here.ExecuteAsync($"UPDATE users SET {what} WHERE id = '{user.Id}'")).ShouldBe(1);

    private async Task ShouldEndAsync(TestUser user, Func<Task> change)
    {
        var userElsewhere = _elsewhere.As(user);
        await using var socket = await user.ConnectAsync();
        await using var socketElsewhere = await userElsewhere.ConnectAsync();
        await user.ShouldBeInAsync();
        await userElsewhere.ShouldBeInAsync();

        await change();

        var started = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(() => user.IsOutAsync(), "The server still accepts the token.");
        await Eventually.TrueAsync(() => userElsewhere.IsOutAsync(), "The other server still accepts the token.");
        await Task.WhenAll(socket.Closed.Task, socketElsewhere.Closed.Task).WaitAsync(_limit, Token);
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(_limit);
    }
}
