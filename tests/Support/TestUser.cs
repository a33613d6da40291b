using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using CleanMessaging.Domain.Users;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Tests.Support;

/// <summary>A user with an account and an access token who calls the API over HTTP.</summary>
public sealed class TestUser(
    HttpClient client, Guid id, string email, string displayName, UserRole role, string accessToken, string refreshToken)
{
    public HttpClient Client { get; } = client;

    public Guid Id { get; } = id;

    public string Email { get; } = email;

    public string DisplayName { get; } = displayName;

    public UserRole Role { get; } = role;

    public string AccessToken { get; } = accessToken;

    public string RefreshToken { get; } = refreshToken;

    /// <summary>Creates a user from the response to a registration, log-in or refresh.</summary>
    /// <param name="client">A client of the server that responded; it gets the token.</param>
    public static TestUser SignedIn(HttpClient client, Answer session)
    {
        var token = session.Data.GetProperty("accessToken").GetString()!;
        var user = session.Data.GetProperty("user");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

        return new TestUser(
            client,
            user.GetProperty("id").GetGuid(),
            user.GetProperty("email").GetString()!,
            user.GetProperty("displayName").GetString()!,
            Enum.Parse<UserRole>(user.GetProperty("role").GetString()!),
            token,
            session.Data.GetProperty("refreshToken").GetString()!);
    }

    public async Task<Answer> GetAsync(string path) => await Answer.OfAsync(await Client.GetAsync(path));

    public async Task<Answer> PostAsync(string path, object body) => await Answer.OfAsync(await Client.PostAsJsonAsync(path, body));

    public async Task<Answer> PutAsync(string path, object body) => await Answer.OfAsync(await Client.PutAsJsonAsync(path, body));

    /// <summary>Puts without a body.</summary>
    public async Task<Answer> PutAsync(string path) => await Answer.OfAsync(await Client.PutAsync(path, content: null));

    public async Task<Answer> DeleteAsync(string path) => await Answer.OfAsync(await Client.DeleteAsync(path));

    public Task<Answer> EditAsync(Guid messageId, string content, int version) =>
        PutAsync($"/api/messages/{messageId}/content", new { content, version });

    public Task<Answer> ReactAsync(Guid messageId, string emoji) => PutAsync($"/api/messages/{messageId}/reaction", new { emoji });

    public Task<Answer> UnreactAsync(Guid messageId) => DeleteAsync($"/api/messages/{messageId}/reaction");

    public Task<Answer> SetExpirationAsync(Guid conversationId, int? expirationHours) =>
        PutAsync($"/api/conversations/{conversationId}/expiration", new { expirationHours });

    public Task<Answer> ExpireSoonerAsync(Guid messageId, int expirationHours) =>
        PutAsync($"/api/messages/{messageId}/expiration", new { expirationHours });

    public Task<Answer> DeleteMessageAsync(Guid messageId) => DeleteAsync($"/api/messages/{messageId}");

    /// <summary>Posts a raw body, which a serializer might not write.</summary>
    public async Task<Answer> PostRawAsync(string path, HttpContent body) => await Answer.OfAsync(await Client.PostAsync(path, body));

    /// <summary>Returns the id of the conversation with another user; starts it if it does not exist.</summary>
    public async Task<Guid> ConversationWithAsync(TestUser other)
    {
        var answer = await PostAsync("/api/conversations/create", new { receiverId = other.Id });
        (answer.Status is HttpStatusCode.Created or HttpStatusCode.OK).ShouldBeTrue(answer.Text);

        return answer.Data.GetProperty("id").GetGuid();
    }

    public Task<Answer> SendAsync(Guid conversationId, string content) =>
        PostAsync("/api/messages/send", new { conversationId, content });

    public Task<Answer> SendAsync(Guid conversationId, string content, Guid clientMessageId) =>
        PostAsync("/api/messages/send", new { conversationId, content, clientMessageId });

    public Task<Answer> SendExpiringAsync(Guid conversationId, string content, int expirationHours) =>
        PostAsync("/api/messages/send", new { conversationId, content, expirationHours });

    public Task<Answer> MarkReadAsync(Guid conversationId) => PostAsync("/api/messages/read", new { conversationId });

    public Task<Answer> MarkPlayedAsync(Guid conversationId, Guid messageId) =>
        PostAsync("/api/messages/played", new { conversationId, messageId });

    /// <summary>Returns the message texts of a page, in order.</summary>
    public async Task<IReadOnlyList<string?>> ReadPageAsync(Guid conversationId, string query = "")
    {
        var answer = (await GetAsync($"/api/messages?conversationId={conversationId}{query}")).Expect(HttpStatusCode.OK);

        return [.. answer.Data.EnumerateArray().Select(message => message.GetProperty("content").GetString())];
    }

    public async Task<long> BalanceAsync() =>
        (await GetAsync("/api/wallet")).Expect(HttpStatusCode.OK).Data.GetProperty("balance").GetInt64();

    public async Task<JsonElement> QuotaAsync() => (await GetAsync("/api/messages/quota")).Expect(HttpStatusCode.OK).Data;

    /// <summary>Opens a hub connection over a real WebSocket.</summary>
    public async Task<TestConnection> ConnectAsync()
    {
        var connection = new TestConnection(BuildConnection());
        await connection.StartAsync();

        return connection;
    }

    /// <summary>Creates a hub connection without starting it.</summary>
    public HubConnection BuildConnection() =>
        new HubConnectionBuilder()
            .WithUrl(new Uri(Client.BaseAddress!, "/hubs/messaging"), options =>
            {
                options.AccessTokenProvider = () => Task.FromResult<string?>(AccessToken);
                options.Transports = HttpTransportType.WebSockets;
                options.SkipNegotiation = true;
            })
            .Build();
}
