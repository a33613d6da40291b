using System.Buffers.Binary;
using System.Text.Json;

namespace CleanMessaging.Tests.Support;

/// <summary>What the proxy does with a hub event.</summary>
public enum Fate
{
    Pass,

    Drop,

    /// <summary>Delivers the event twice.</summary>
    Twice,

    /// <summary>Delivers the event after the next one.</summary>
    HoldBack,
}

/// <summary>
/// Reads what a server sends on one hub connection, starting with the response to the upgrade: unmasked WebSocket frames of JSON messages,
/// each with a record separator. Writes the same frames, except for events that are dropped, duplicated or delayed.
/// </summary>
internal sealed class HubFrames(Func<string, Fate> fate, Func<bool> losesAnswers)
{
    private const int Completion = 3;
    private const byte Text = 0x1;
    private const byte Final = 0x80;
    private const byte RecordEnd = 0x1e;

    private readonly List<byte> _unread = [];
    private readonly List<byte> _text = [];
    private readonly List<byte[]> _heldBack = [];
    private bool _isUpgraded;

    /// <summary>Reads the next bytes, and returns the bytes to forward.</summary>
    public byte[] Pass(ReadOnlySpan<byte> chunk)
    {
        _unread.AddRange(chunk);
        var passed = new List<byte>();
        if (!_isUpgraded)
        {
            var end = _unread.ToArray().AsSpan().IndexOf("\r\n\r\n"u8);
            if (end < 0)
                return [];

            _isUpgraded = true;
            passed.AddRange(Read(end + 4));
        }

        while (ReadFrame() is { } frame)
            PassFrame(frame.Head, frame.Payload, frame.Whole, passed);

        return [.. passed];
    }

    private void PassFrame(byte head, byte[] payload, byte[] whole, List<byte> passed)
    {
        // Fragments of a text message are joined; ping and close frames pass unchanged.
        if ((head & 0x0f) is not (Text or 0))
        {
            passed.AddRange(whole);
            return;
        }

        _text.AddRange(payload);
        if ((head & Final) == 0)
            return;

        var text = _text.ToArray();
        _text.Clear();
        foreach (var message in MessagesOf(text))
            PassMessage(message, passed);
    }

    private void PassMessage(byte[] message, List<byte> passed)
    {
        var (name, isAnswer) = Describe(message);
        if (isAnswer && losesAnswers())
            return;

        switch (name is null ? Fate.Pass : fate(name))
        {
            case Fate.Drop:
                return;
            case Fate.HoldBack:
                _heldBack.Add(message);
                return;
            case Fate.Twice:
                WriteFrame(message, passed);
                break;
        }

        WriteFrame(message, passed);
        foreach (var late in _heldBack)
            WriteFrame(late, passed);
        _heldBack.Clear();
    }

    private static IEnumerable<byte[]> MessagesOf(byte[] text)
    {
        var begin = 0;
        for (var place = 0; place < text.Length; place++)
        {
            if (text[place] != RecordEnd)
                continue;

            yield return text[begin..(place + 1)];
            begin = place + 1;
        }
    }

    /// <summary>Returns the event name of a message, and whether it is the answer to a call.</summary>
    private static (string? Event, bool IsAnswer) Describe(byte[] message)
    {
        using var json = JsonDocument.Parse(message.AsMemory(0, message.Length - 1));
        var root = json.RootElement;

        return (
            root.TryGetProperty("target", out var target) ? target.GetString() : null,
            root.TryGetProperty("type", out var type) && type.GetInt32() == Completion);
    }

    private static void WriteFrame(byte[] payload, List<byte> passed)
    {
        passed.Add(Final | Text);
        if (payload.Length < 126)
        {
            passed.Add((byte)payload.Length);
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            var length = new byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)payload.Length);
            passed.AddRange([126, .. length]);
        }
        else
        {
            var length = new byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)payload.Length);
            passed.AddRange([127, .. length]);
        }

        passed.AddRange(payload);
    }

    /// <summary>Returns the next complete frame; null when it is not complete yet.</summary>
    private (byte Head, byte[] Payload, byte[] Whole)? ReadFrame()
    {
        if (_unread.Count < 2)
            return null;

        var (header, length) = (2, (long)_unread[1]);
        if (length >= 126)
        {
            header = length == 126 ? 4 : 10;
            if (_unread.Count < header)
                return null;

            var bytes = _unread.GetRange(2, header - 2).ToArray();
            length = header == 4 ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : (long)BinaryPrimitives.ReadUInt64BigEndian(bytes);
        }

        if (_unread.Count < header + length)
            return null;

        var whole = Read(header + (int)length);

        return (whole[0], whole[header..], whole);
    }

    private byte[] Read(int count)
    {
        var read = _unread.GetRange(0, count).ToArray();
        _unread.RemoveRange(0, count);

        return read;
    }
}
