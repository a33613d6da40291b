using CleanMessaging.Infrastructure.Attachments.Inspection.Voice;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Attachments.Inspection;

public sealed class VoiceRecordingTests
{
    internal static readonly TestSize Damages = new(2_000, 50_000, "damaged voice recordings");

    private static readonly Dictionary<string, byte[]> _valid = new()
    {
        ["audio/webm"] = Recordings.WebM(Recordings.WebMAudio),
        ["audio/mp4"] = Recordings.Mp4("soun"),
        ["audio/ogg"] = Recordings.Ogg(),
    };

    private static readonly Dictionary<string, byte[]> _invalid = new()
    {
        ["WebM with a video"] = Recordings.WebM(Recordings.WebMAudio, Recordings.WebMTrack(1, "V_VP8")),
        ["WebM with a video instead"] = Recordings.WebM(Recordings.WebMTrack(1, "V_VP8")),
        ["WebM with two sounds"] = Recordings.WebM(Recordings.WebMAudio, Recordings.WebMAudio),
        ["WebM with another codec"] = Recordings.WebM(Recordings.WebMTrack(2, "A_VORBIS")),
        ["WebM with a video that says Opus"] = Recordings.WebM(Recordings.WebMTrack(1, "A_OPUS")),
        ["WebM without tracks"] = Recordings.WebM(),
        ["WebM with further tracks"] = [.. Recordings.WebM(Recordings.WebMAudio), .. Recordings.Element([0x16, 0x54, 0xAE, 0x6B], Recordings.WebMTrack(1, "V_VP8"))],
        ["WebM with its tracks twice"] = [.. Recordings.WebM(Recordings.WebMAudio), .. Recordings.Element([0x16, 0x54, 0xAE, 0x6B], Recordings.WebMAudio)],
        ["WebM followed by another"] = [.. Recordings.WebM(Recordings.WebMAudio), .. Recordings.WebM(Recordings.WebMAudio)],
        ["WebM followed by a page"] = [.. Recordings.WebM(Recordings.WebMAudio), .. "<script>alert(1)</script>"u8],
        ["Matroska"] = [.. Recordings.Element([0x1A, 0x45, 0xDF, 0xA3], Recordings.Element([0x42, 0x82], "matroska"u8)), .. Recordings.WebM(Recordings.WebMAudio)[Recordings.WebMHeader.Length..]],
        ["WebM without a type"] = [.. Recordings.Element([0x1A, 0x45, 0xDF, 0xA3], []), .. Recordings.WebM(Recordings.WebMAudio)[Recordings.WebMHeader.Length..]],
        ["MP4 with a video"] = Recordings.Mp4("soun", "vide"),
        ["MP4 with a video instead"] = Recordings.Mp4("vide"),
        ["MP4 with two sounds"] = Recordings.Mp4("soun", "soun"),
        ["MP4 with a video that claims to be sound"] = Recordings.Mp4In("avc1"),
        ["MP4 without tracks"] = Recordings.Mp4(),
        ["MP4 with two descriptions"] = [.. Recordings.Mp4("soun"), .. Recordings.Mp4Description("vide")],
        ["MP4 with its description twice"] = [.. Recordings.Mp4("soun"), .. Recordings.Mp4Description("soun")],
        ["MP4 with a huge description"] = [.. Recordings.Box("ftyp", new byte[8]), .. Recordings.Box("moov", new byte[1024 * 1024 + 1])],
        ["MP4 without a description"] = [.. Recordings.Box("ftyp", new byte[8]), .. Recordings.Box("mdat", new byte[100])],
        ["MP4 followed by a page"] = [.. Recordings.Mp4("soun"), .. "<script>alert(1)</script>"u8],
        ["MP4 with a box of a negative size"] = [.. Recordings.Mp4("soun"), 0, 0, 0, 1, .. "mdat"u8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        ["MP4 with a box of four bytes"] = [.. Recordings.Mp4("soun"), 0, 0, 0, 4, .. "mdat"u8],
        ["MP4 with a file next to its sound"] = [.. Recordings.Mp4("soun"), .. Recordings.Box("uuid", new byte[100])],
        ["MP4 with an unknown box in its description"] = Recordings.Mp4With(Recordings.Box("zzzz", new byte[100])),
        ["MP4 with an unknown box in another one"] = Recordings.Mp4With(Recordings.Box("edts", Recordings.Box("zzzz", [1]))),
        ["MP4 with an unknown box in a fragment"] = [.. Recordings.Mp4("soun"), .. Recordings.Box("moof", Recordings.Box("zzzz", [1]))],
        ["MP4 with much padding"] = [.. Recordings.Mp4("soun"), .. Recordings.Box("free", new byte[64 * 1024 - 15])],
        ["MP4 with much padding in its description"] = Recordings.Mp4With(Recordings.Box("udta", new byte[64 * 1024])),
        ["MP4 with boxes in boxes"] = Recordings.Mp4With(Enumerable.Range(0, 6).Aggregate(Array.Empty<byte>(), (box, _) => Recordings.Box("edts", box))),
        ["WebM with a file next to its sound"] = [.. Recordings.WebM(Recordings.WebMAudio), .. Recordings.Element([0x19, 0x41, 0xA4, 0x69], new byte[100])],
        ["WebM with an unknown element"] = [.. Recordings.WebM(Recordings.WebMAudio), .. Recordings.Element([0x4F, 0xFF], [1])],
        ["WebM with much padding"] = [.. Recordings.WebM(Recordings.WebMAudio), .. Recordings.Element([0xEC], new byte[64 * 1024])],
        ["WebM with a large number"] = [.. Recordings.WebM(Recordings.WebMAudio), .. Recordings.Element([0xE7], new byte[9])],
        ["WebM with an element next to its track"] = Recordings.WebM(Recordings.WebMAudio, Recordings.Element([0x4F, 0xFF], new byte[10])),
        ["WebM with sound of another track"] = [.. Recordings.WebM(Recordings.WebMAudio), .. Recordings.Element([0xA3], [0x82, 0, 0, 0x80, 1])],
        ["WebM with a large comment to its sound"] = [.. Recordings.WebM(Recordings.WebMAudio), .. Recordings.Element([0xA0], Recordings.Element([0x75, 0xA1], [1]))],
        ["WebM with too many elements"] = [.. Recordings.WebM(Recordings.WebMAudio), .. Enumerable.Repeat((byte[])[0xA7, 0x80], 300_000).SelectMany(element => element)],
        ["Ogg with large comments"] = Recordings.OggWithComments(64 * 1024),
        ["Ogg without comments"] = [.. Recordings.Page(2, 7, "OpusHead"u8), .. Recordings.Page(0, 7, new byte[50])],
        ["Ogg with another codec"] = [.. Recordings.Page(2, 7, "\u0001vorbis"u8), .. Recordings.Page(0, 7, new byte[50])],
        ["Ogg with two streams"] = [.. Recordings.Page(2, 7, "OpusHead"u8), .. Recordings.Page(2, 8, "\u0080theora"u8), .. Recordings.Page(0, 7, new byte[50])],
        ["Ogg with another stream later"] = [.. Recordings.Ogg(), .. Recordings.Page(0, 8, new byte[50])],
        ["Ogg followed by another"] = [.. Recordings.Ogg(), .. Recordings.Ogg()],
        ["Ogg of one page"] = Recordings.Page(2, 7, "OpusHead"u8),
        ["Ogg followed by a page"] = [.. Recordings.Ogg(), .. "<script>alert(1)</script>........"u8],
        ["MP3"] = [.. "ID3\u0004"u8, .. new byte[100]],
        ["WAV"] = [.. "RIFF\0\0\0\0WAVE"u8, .. new byte[100]],
        ["HTML"] = [.. "<!DOCTYPE html><script>alert(1)</script>"u8],
        ["little"] = [1, 2, 3],
    };

    public static TheoryData<string> Valid => [.. _valid.Keys];

    public static TheoryData<string> Invalid => [.. _invalid.Keys];

    [Theory]
    [MemberData(nameof(Valid))]
    public async Task Recognize_ARecording_IsItsMediaType(string mediaType) =>
        (await RecognizeAsync(_valid[mediaType])).ShouldBe(mediaType);

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task Recognize_AnotherFile_IsNull(string what) => (await RecognizeAsync(_invalid[what])).ShouldBeNull();

    /// <summary>Segments and elements can have 64-bit sizes, and the last box can be without a size.</summary>
    [Fact]
    public async Task Recognize_OtherFormsOfSizes_IsTheSame()
    {
        byte[] longBox = [.. Recordings.Mp4("soun"), 0, 0, 0, 1, .. "mdat"u8, 0, 0, 0, 0, 0, 0, 0, 20, 1, 2, 3, 4];
        byte[] openBox = [.. Recordings.Mp4("soun"), 0, 0, 0, 0, .. "mdat"u8, 1, 2, 3];

        (await RecognizeAsync(longBox)).ShouldBe("audio/mp4");
        (await RecognizeAsync(openBox)).ShouldBe("audio/mp4");
    }

    /// <summary>Recorders write the name of their program, and padding.</summary>
    [Fact]
    public async Task Recognize_ARecordingWithALittleNextToItsSound_IsItsMediaType()
    {
        (await RecognizeAsync([.. Recordings.Mp4("soun"), .. Recordings.Box("free", new byte[60 * 1024])])).ShouldBe("audio/mp4");
        (await RecognizeAsync(Recordings.Mp4In("Opus"))).ShouldBe("audio/mp4");
        (await RecognizeAsync([.. Recordings.Mp4("soun"), .. Recordings.Box("moof", Recordings.Box("mfhd", new byte[8]))])).ShouldBe("audio/mp4");
        (await RecognizeAsync([.. Recordings.WebM(Recordings.WebMAudio), .. Recordings.Element([0xEC], new byte[60 * 1024])])).ShouldBe("audio/webm");
        (await RecognizeAsync([.. Recordings.WebM(Recordings.WebMAudio), .. Recordings.Element([0xA0], Recordings.Element([0xA1], [0x81, 0, 0, 0, 1]))]))
            .ShouldBe("audio/webm");
        (await RecognizeAsync(Recordings.OggWithComments(60 * 1024))).ShouldBe("audio/ogg");
    }

    [Theory]
    [MemberData(nameof(Valid))]
    public async Task Recognize_ATruncatedRecording_NeverFails(string mediaType)
    {
        var recording = _valid[mediaType];
        var recognized = 0;
        for (var length = 0; length < recording.Length; length++)
            recognized += await RecognizeAsync(recording[..length]) is null ? 0 : 1;

        // It can only be cut where an element, a box or a page ends.
        recognized.ShouldBeLessThan(8);
    }

    [Theory]
    [MemberData(nameof(Valid))]
    public async Task Recognize_ADamagedRecording_NeverFails(string mediaType)
    {
        var random = new Random(20261130);
        for (var count = 0; count < Damages.Value; count++)
        {
            var damaged = _valid[mediaType].ToArray();
            for (var change = random.Next(1, 6); change > 0; change--)
                damaged[random.Next(Math.Min(damaged.Length, 220))] = random.Next(2) == 0 ? (byte)255 : (byte)random.Next(256);

            (await RecognizeAsync(damaged)).ShouldBeOneOf(mediaType, null);
        }
    }

    [Theory]
    [InlineData(499, 1_000, false)]
    [InlineData(500, 1_000, true)]
    [InlineData(75_000, 1_000, true)]
    [InlineData(75_001, 1_000, false)]
    [InlineData(10 * 1024 * 1024, 600_000, true)]
    public void BitRate_OfSpeech_IsBetween4And600(long bytes, int durationMs, bool isSpeech) =>
        VoiceRecording.HasBitRateOfSpeech(bytes, durationMs).ShouldBe(isSpeech);

    [Theory]
    [InlineData("webm", "libopus", null, "audio/webm")]
    [InlineData("mp4", "aac", null, "audio/mp4")]
    [InlineData("ogg", "libopus", null, "audio/ogg")]
    [InlineData("webm", "libopus", "libvpx", null)]
    [InlineData("mp4", "aac", "mpeg4", null)]
    [InlineData("ogg", "libopus", "libtheora", null)]
    [InlineData("webm", "libvorbis", null, null)]
    [InlineData("ogg", "libvorbis", null, null)]
    [InlineData("wav", "pcm_s16le", null, null)]
    [InlineData("mp3", "libmp3lame", null, null)]
    public async Task Recognize_AFileOfFfmpeg_IsItsMediaTypeIfItIsARecording(string extension, string codec, string? videoCodec, string? mediaType)
    {
        var file = await Recordings.EncodeAsync(extension, codec, videoCodec);
        Assert.SkipWhen(file is null, "ffmpeg is missing (Debian package ffmpeg).");

        (await RecognizeAsync(file)).ShouldBe(mediaType);

        for (var length = 0; length < file.Length; length += 1024)
            (await RecognizeAsync(file[..length])).ShouldBeOneOf(mediaType, null);
    }

    /// <summary>Reads a few bytes at a time, as from a storage.</summary>
    private static async Task<string?> RecognizeAsync(byte[] file)
    {
        using var content = new SlowStream(file);

        return await VoiceRecording.RecognizeAsync(content, file.Length, TestContext.Current.CancellationToken);
    }

    private sealed class SlowStream(byte[] file) : MemoryStream(file)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 97)], cancellationToken);
    }
}
