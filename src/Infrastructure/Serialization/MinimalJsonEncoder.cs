using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace CleanMessaging.Infrastructure.Serialization;

/// <summary>
/// Escapes only what RFC 8259 requires: quotation marks, backslashes and the control characters U+0000 to U+001F. All other characters are
/// written unchanged, including emoji. An unpaired surrogate, or a byte that is not UTF-8, becomes an escaped U+FFFD.
/// </summary>
/// <remarks>
/// <see cref="JavaScriptEncoder.UnsafeRelaxedJsonEscaping"/> escapes every character beyond U+FFFF to 12 bytes, three times its size in
/// UTF-8. The product never embeds its JSON in HTML.
/// </remarks>
internal sealed class MinimalJsonEncoder : JavaScriptEncoder
{
    public static readonly MinimalJsonEncoder Instance = new();

    private const string Escaped =
        "\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f"
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\"\\";

    private static readonly SearchValues<char> _escapedChars = SearchValues.Create(Escaped);
    private static readonly SearchValues<byte> _escapedBytes = SearchValues.Create(Encoding.ASCII.GetBytes(Escaped));

    private MinimalJsonEncoder()
    {
    }

    /// <summary>As in <c>\u001f</c>.</summary>
    public override int MaxOutputCharactersPerInputCharacter => 6;

    /// <summary>Whether the encoder escapes a character.</summary>
    public override bool WillEncode(int unicodeScalar) => unicodeScalar < ' ' || unicodeScalar is '"' or '\\';

    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength) =>
        FirstToEscape(new ReadOnlySpan<char>(text, textLength));

    public override int FindFirstCharacterToEncodeUtf8(ReadOnlySpan<byte> utf8Text)
    {
        var first = utf8Text.IndexOfAny(_escapedBytes);

        // Searches for the first invalid byte only if the text is not valid UTF-8.
        return Utf8.IsValid(first < 0 ? utf8Text : utf8Text[..first]) ? first : base.FindFirstCharacterToEncodeUtf8(utf8Text);
    }

    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        var written = Escape(unicodeScalar, stackalloc char[6]);
        if (written.TryCopyTo(new Span<char>(buffer, bufferLength)))
        {
            numberOfCharactersWritten = written.Length;
            return true;
        }

        numberOfCharactersWritten = 0;
        return false;
    }

    /// <summary>
    /// Copies runs without escapes as a whole; after the first escape the base class would continue character by character.
    /// </summary>
    public override OperationStatus Encode(
        ReadOnlySpan<char> source, Span<char> destination, out int charsConsumed, out int charsWritten, bool isFinalBlock = true)
    {
        (charsConsumed, charsWritten) = (0, 0);
        Span<char> escape = stackalloc char[6];
        while (charsConsumed < source.Length)
        {
            var rest = source[charsConsumed..];
            var first = FirstToEscape(rest);
            var run = first < 0 ? rest : rest[..first];
            if (!run.TryCopyTo(destination[charsWritten..]))
                return CopyWhatFits(run, destination, ref charsConsumed, ref charsWritten);

            charsConsumed += run.Length;
            charsWritten += run.Length;
            if (first < 0)
                break;

            var status = Rune.DecodeFromUtf16(rest[first..], out var rune, out var length);
            if (status == OperationStatus.NeedMoreData && !isFinalBlock)
                return status;

            var written = Escape(rune.Value, escape);
            if (!written.TryCopyTo(destination[charsWritten..]))
                return OperationStatus.DestinationTooSmall;

            charsConsumed += length;
            charsWritten += written.Length;
        }

        return OperationStatus.Done;
    }

    /// <summary>Copies a prefix of a run, without splitting a surrogate pair.</summary>
    private static OperationStatus CopyWhatFits(ReadOnlySpan<char> run, Span<char> destination, ref int charsConsumed, ref int charsWritten)
    {
        var length = destination.Length - charsWritten;
        if (length > 0 && char.IsHighSurrogate(run[length - 1]))
            length--;

        run[..length].CopyTo(destination[charsWritten..]);
        charsConsumed += length;
        charsWritten += length;

        return OperationStatus.DestinationTooSmall;
    }

    private static int FirstToEscape(ReadOnlySpan<char> text)
    {
        var first = text.IndexOfAny(_escapedChars);
        var unpaired = FirstUnpaired(first < 0 ? text : text[..first]);

        return unpaired < 0 ? first : unpaired;
    }

    private static int FirstUnpaired(ReadOnlySpan<char> text)
    {
        var place = text.IndexOfAnyInRange('\ud800', '\udfff');
        if (place < 0)
            return -1;

        for (; place < text.Length; place++)
        {
            if (!char.IsSurrogate(text[place]))
                continue;

            if (place + 1 == text.Length || !char.IsSurrogatePair(text[place], text[place + 1]))
                return place;

            place++;
        }

        return -1;
    }

    private static ReadOnlySpan<char> Escape(int unicodeScalar, Span<char> buffer)
    {
        const string HexDigits = "0123456789abcdef";

        buffer[0] = '\\';
        buffer[1] = unicodeScalar switch
        {
            '"' => '"',
            '\\' => '\\',
            '\b' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\f' => 'f',
            '\r' => 'r',
            _ => 'u',
        };
        if (buffer[1] != 'u')
            return buffer[..2];

        for (var digit = 0; digit < 4; digit++)
            buffer[2 + digit] = HexDigits[(unicodeScalar >> (12 - (4 * digit))) & 0xf];

        return buffer;
    }
}
