using System.Net.WebSockets;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Hostile.Tests.Requests;

/// <summary>The calls that the hub takes, and how to make them by hand.</summary>
internal static class HubCalls
{
    /// <summary>Stands at the end of what was said when a connection stays open and no answer comes.</summary>
    public const string Silence = "and then nothing";

    /// <summary>What the hub itself declares; found, so that no new method is left out.</summary>
    public static IReadOnlyList<string> Methods { get; } =
    [
        .. from method in typeof(MessagingHub).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
           where method.GetBaseDefinition().DeclaringType == typeof(MessagingHub) && !method.IsSpecialName
           select method.Name,
    ];

    /// <summary>A valid argument.</summary>
    public static JsonObject ArgumentOf(string method, Guid conversationId)
    {
        var argument = new JsonObject { ["conversationId"] = conversationId };
        if (method == "Join")
            argument["sinceRevision"] = 0;
        if (method == "Typing")
            argument["isTyping"] = true;

        return argument;
    }

    /// <param name="arguments">As they stand, without the brackets around them.</param>
    public static string Frame(string method, string arguments, string invocationId = "frame") =>
        $$"""{"type":1,"invocationId":"{{invocationId}}","target":"{{method}}","arguments":[{{arguments}}]}""";

    /// <summary>Calls what changes nothing, and returns its completion, or null when the connection has ended before; and all that was said meanwhile.</summary>
    public static async Task<(JsonElement? Completion, string Said)> ProbeAsync(this RawHubConnection connection, Guid conversationId)
    {
        try
        {
            await connection.SendAsync(Frame("Leave", ArgumentOf("Leave", conversationId).ToJsonString(), "probe"));
        }
        catch (WebSocketException)
        {
            // It has ended already; what was said before can still be read.
        }

        return await connection.CompletionAsync("probe");
    }

    /// <summary>The completion of a call, or null when the connection ends before it; and all that was said meanwhile.</summary>
    public static async Task<(JsonElement? Completion, string Said)> CompletionAsync(this RawHubConnection connection, string invocationId)
    {
        var reading = ReadAsync(connection, invocationId);

        // Behind a frame of an unknown type SignalR looks at nothing more, until more has come than a frame may hold; then it ends.
        while (await Task.WhenAny(reading, Task.Delay(100, TestContext.Current.CancellationToken)) != reading)
        {
            try
            {
                await connection.SendAsync($$"""{"type":6,"x":"{{new string('x', 8 * 1024)}}"}""");
            }
            catch (WebSocketException)
            {
                // The end will be read.
            }
        }

        return await reading;
    }

    private static async Task<(JsonElement? Completion, string Said)> ReadAsync(RawHubConnection connection, string invocationId)
    {
        var said = new StringBuilder();
        try
        {
            while (await connection.NextAsync() is { } message)
            {
                said.Append(message.GetRawText());
                if (message.TryGetProperty("type", out var type) && type.GetInt32() == 3 && message.GetProperty("invocationId").GetString() == invocationId)
                    return (message, said.ToString());
            }
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            said.Append(Silence);
        }

        return (null, said.ToString());
    }
}
