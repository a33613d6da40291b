using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Hostile.Tests.Requests;

/// <summary>The methods of the hub, and helpers to write their frames by hand.</summary>
internal static class HubCalls
{
    /// <summary>Marks the end of the received text when a connection stays open and no response arrives.</summary>
    public const string Silence = "and then nothing";

    public static IReadOnlyList<string> Methods => RealtimeRegistration.HubMethods;

    /// <summary>Returns a valid argument for a method.</summary>
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

    /// <summary>
    /// Calls a method that changes nothing. Returns its completion, or null when the connection closes first, and all text received until
    /// then.
    /// </summary>
    public static async Task<(JsonElement? Completion, string Said)> ProbeAsync(this RawHubConnection connection, Guid conversationId)
    {
        try
        {
            await connection.SendAsync(Frame("Leave", ArgumentOf("Leave", conversationId).ToJsonString(), "probe"));
        }
        catch (WebSocketException)
        {
            // The connection is closed already; the text received before can still be read.
        }

        return await connection.CompletionAsync("probe");
    }

    /// <summary>Returns the completion of a call, or null when the connection closes first, and all text received until then.</summary>
    public static async Task<(JsonElement? Completion, string Said)> CompletionAsync(this RawHubConnection connection, string invocationId)
    {
        var reading = ReadAsync(connection, invocationId);

        // After a frame of an unknown type SignalR reads nothing until it has received more than the maximum frame size; then it closes the
        // connection.
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
                if (message.TryGetProperty("type", out var type)
                    && type.GetInt32() == 3
                    && message.GetProperty("invocationId").GetString() == invocationId)
                {
                    return (message, said.ToString());
                }
            }
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            said.Append(Silence);
        }

        return (null, said.ToString());
    }
}
