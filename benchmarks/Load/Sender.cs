using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>Sends messages over kept-alive connections.</summary>
internal sealed class Sender : IDisposable
{
    private readonly HttpClient _client;
    private readonly Uri _path;

    public Sender(Uri address, int connections)
    {
        _client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections, UseCookies = false, PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5) })
        {
            Timeout = TimeSpan.FromSeconds(30),
        };
        _path = new Uri(address, "/api/messages/send");
    }

    /// <summary>Returns whether it was accepted.</summary>
    public async Task<bool> SendAsync(Pair pair, bool asInvestor, string content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", asInvestor ? pair.InvestorToken : pair.StartupToken);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(
            $$"""{"conversationId":"{{pair.ConversationId}}","content":"{{content}}","clientMessageId":"{{Guid.CreateVersion7()}}"}"""));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await _client.SendAsync(request);
        await answer.Content.CopyToAsync(Stream.Null);

        return answer.StatusCode == HttpStatusCode.Created;
    }

    public void Dispose() => _client.Dispose();
}
