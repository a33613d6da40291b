using System.Buffers;
using System.Text;
using System.Text.Json;
using CleanMessaging.Infrastructure.Serialization;
using CsCheck;

namespace CleanMessaging.Api.Tests.Serialization;

public sealed class MinimalJsonEncoderTests
{
    private static readonly JsonWriterOptions _writer = new() { Encoder = MinimalJsonEncoder.Instance };

    private static readonly string[] _parts =
        ["\"", "\\", "\u007f", "\u0085", "\u2028", "\ufeff", "\ufffd", "😀", "👩‍🚀", "ä", "日本", "a", new('x', 40)];

    /// <summary>
    /// Generates texts with many special cases: escapes, emoji, unpaired surrogates, and plain runs that a vectorized search crosses.
    /// </summary>
    private static readonly Gen<string> _texts = Gen.OneOf(
            Gen.Char.Select(character => character.ToString()),
            Gen.Char['\0', '\u001f'].Select(character => character.ToString()),
            Gen.Char['\ud800', '\udfff'].Select(character => character.ToString()),
            Gen.Int[0, _parts.Length - 1].Select(part => _parts[part]))
        .Array[0, 60].Select(string.Concat);

    [Theory]
    [InlineData("plain", "\"plain\"")]
    [InlineData("😀", "\"😀\"")]
    [InlineData("ä日\u2028\u0085\u007f<>&'+", "\"ä日\u2028\u0085\u007f<>&'+\"")]
    [InlineData("\"\\", "\"\\\"\\\\\"")]
    [InlineData("\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\"")]
    [InlineData("\0\u001f", "\"\\u0000\\u001f\"")]
    public void Encode_OfAText_EscapesWhatJsonRequiresOnly(string text, string json) => Written(text).ShouldBe(json);

    /// <summary>Not a theory, because an attribute cannot contain an unpaired surrogate.</summary>
    [Fact]
    public void Encode_OfHalfASurrogatePair_WritesTheReplacementCharacter()
    {
        Written("a\ud83d").ShouldBe("\"a\\ufffd\"");
        Written("\ude00a").ShouldBe("\"\\ufffda\"");
        Written("\ude00\ud83d\ud83d\ude00").ShouldBe("\"\\ufffd\\ufffd😀\"");
    }

    [Fact]
    public void Encode_OfAnyText_IsReadBackAsItWas() =>
        _texts.Sample(text =>
        {
            var json = Written(text);

            JsonDocument.Parse(json).RootElement.GetString().ShouldBe(WithoutHalves(text));
            json.Any(character => character < ' ').ShouldBeFalse();
        });

    [Fact]
    public void EncodeUtf8_OfAnyBytes_IsTheSameAsOfTheTextThatTheyAre() =>
        Gen.OneOf(
            Gen.Byte.Array[0, 40],
            _texts.Select(Encoding.UTF8.GetBytes),
            Gen.Select(_texts, Gen.Byte, (text, other) => (byte[])[.. Encoding.UTF8.GetBytes(text), other, (byte)'z']))
            .Sample(bytes =>
            {
                using var stream = new MemoryStream();
                using (var writer = new Utf8JsonWriter(stream, _writer))
                    writer.WriteStringValue(bytes);

                JsonDocument.Parse(stream.ToArray()).RootElement.GetString().ShouldBe(Encoding.UTF8.GetString(bytes));
            });

    [Fact]
    public void FindFirst_OfAnyText_IsWhereTheEncodedTextBeginsToDiffer() =>
        _texts.Sample(text =>
        {
            var encoded = MinimalJsonEncoder.Instance.Encode(text);
            var utf8 = Encoding.UTF8.GetBytes(WithoutHalves(text));
            var first = MinimalJsonEncoder.Instance.FindFirstCharacterToEncodeUtf8(utf8);

            WithoutHalves(encoded).ShouldBe(encoded);
            first.ShouldBe(Array.FindIndex(utf8, one => MinimalJsonEncoder.Instance.WillEncode(one)));
        });

    [Fact]
    public void Encode_InPiecesOfAnySize_IsTheSameAsInOne() =>
        Gen.Select(_texts, Gen.Int[6, 20], Gen.Int[1, 20]).Sample((text, destinationLength, sourceLength) =>
        {
            var encoder = MinimalJsonEncoder.Instance;
            var pieces = new StringBuilder();
            var destination = new char[destinationLength];
            var start = 0;
            var length = Math.Min(sourceLength, text.Length);
            while (start < text.Length)
            {
                var isFinal = start + length == text.Length;
                var status = encoder.Encode(text.AsSpan(start, length), destination, out var consumed, out var written, isFinal);
                pieces.Append(destination, 0, written);
                start += consumed;
                status.ShouldNotBe(OperationStatus.InvalidData);
                (consumed > 0 || status == OperationStatus.NeedMoreData).ShouldBeTrue($"{status}");
                length = Math.Min(status == OperationStatus.NeedMoreData ? length + 1 : sourceLength, text.Length - start);
            }

            pieces.ToString().ShouldBe(encoder.Encode(text));
        });

    /// <summary>Returns the text that a reader gets for unpaired surrogates, which UTF-8 cannot represent.</summary>
    private static string WithoutHalves(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static string Written(string text)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, _writer))
            writer.WriteStringValue(text);

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
