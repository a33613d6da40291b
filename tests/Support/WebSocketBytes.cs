using System.Text;

namespace CleanMessaging.Tests.Support;

/// <summary>The bytes that a hub client writes to its TCP connection, for tests that do not use a client library.</summary>
public static class WebSocketBytes
{
    private const byte FinalText = 0x81;
    private const byte FinalPing = 0x89;
    private const byte Masked = 0x80;

    /// <summary>The HTTP request that upgrades to a WebSocket.</summary>
    public static byte[] Upgrade(TestUser user) => Encoding.ASCII.GetBytes(
        $"GET /hubs/messaging HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {user.AccessToken}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");

    /// <summary>A frame with one hub message.</summary>
    public static byte[] Text(string json) => Frame(FinalText, Encoding.UTF8.GetBytes(json + '\u001e'));

    /// <summary>A WebSocket ping frame, which is not a hub message.</summary>
    public static byte[] Ping() => Frame(FinalPing, []);

    /// <summary>Creates a frame with a mask of zeros, so that the payload stays readable.</summary>
    private static byte[] Frame(byte head, byte[] payload)
    {
        byte[] length = payload.Length < 126
            ? [(byte)(Masked | payload.Length)]
            : [Masked | 126, (byte)(payload.Length >> 8), (byte)payload.Length];

        return [head, .. length, 0, 0, 0, 0, .. payload];
    }
}
