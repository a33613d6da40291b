using System.Text;
using CleanMessaging.WebClient.Attachments;

namespace CleanMessaging.Client.Tests.Pages;

/// <summary>Tests the names, sizes and descriptions of files on the page.</summary>
public sealed class FileTextTests
{
    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(1, "1 byte")]
    [InlineData(999, "999 bytes")]
    [InlineData(1000, "1 kB")]
    [InlineData(1234, "1.2 kB")]
    [InlineData(99_499, "99 kB")]
    [InlineData(999_499, "999 kB")]
    [InlineData(999_999, "1 MB")]
    [InlineData(26_214_400, "26 MB")]
    [InlineData(1_073_741_824, "1.1 GB")]
    [InlineData(1_099_511_627_776, "1.1 TB")]
    [InlineData(9_999_999_999_999_999, "10000 TB")]
    public void Size_OfAnyNumberOfBytes_HasAtMostThreeDigitsUpToTheLargestUnit(long bytes, string text) => FileSize.Of(bytes).ShouldBe(text);

    [Theory]
    [InlineData("report.pdf", "report.pdf")]
    [InlineData("Bericht für März 🚀.pdf", "Bericht für März 🚀.pdf")]
    [InlineData("a/b\\c.txt", "a_b_c.txt")]
    [InlineData("a\u0000b\r\n.txt", "a_b__.txt")]
    [InlineData("ann\u202egnp.exe", "ann_gnp.exe")]
    [InlineData("a\u2028b\u2066c", "a_b_c")]
    [InlineData("", "_")]
    [InlineData(".", "_")]
    [InlineData("..", "__")]
    public void Name_ThatTheServerRejects_IsReplacedWhereNecessary(string name, string cleaned) => FileName.Clean(name).ShouldBe(cleaned);

    [Fact]
    public void Name_WithHalfASurrogatePair_BecomesText() => FileName.Clean($"a{(char)0xd800}b").ShouldBe("a\ufffdb");

    [Fact]
    public void Name_ThatIsTooLong_KeepsItsExtension()
    {
        var cleaned = FileName.Clean(string.Concat(Enumerable.Repeat("🚀", 300)) + ".jpeg");

        cleaned.EnumerateRunes().Count().ShouldBe(MessagingLimits.FileNameLength);
        cleaned.ShouldEndWith("🚀.jpeg");
        FileName.Clean(new string('x', 500)).Length.ShouldBe(MessagingLimits.FileNameLength);
    }

    [Theory]
    [InlineData("report.pdf", "PDF")]
    [InlineData("archive.tar.gz", "GZ")]
    [InlineData(".gitignore", null)]
    [InlineData("README", null)]
    [InlineData("What is new in version 2.0 of it", null)]
    public void Type_OfAName_IsItsExtension(string name, string? type) => FileName.TypeOf(name).ShouldBe(type);

    [Fact]
    public void Text_OfAMessageWithoutText_SaysWhatItConsistsOf()
    {
        var (picture, file) = (File(AttachmentKind.Image, "cat.png"), File(AttachmentKind.File, "deck.pdf"));
        var voice = File(AttachmentKind.Voice, "voice.ogg") with { DurationMs = 67_900 };

        AttachmentText.Of("Look", [picture]).ShouldBe("Look");
        AttachmentText.Of("", [picture]).ShouldBe("Picture");
        AttachmentText.Of("", [picture, picture]).ShouldBe("2 pictures");
        AttachmentText.Of("", [file]).ShouldBe("File: deck.pdf");
        AttachmentText.Of("", [picture, file, file]).ShouldBe("3 files");
        AttachmentText.Of("", [voice]).ShouldBe("Voice message, 1:07");
        AttachmentText.Of("", []).ShouldBe("");
        AttachmentText.Of(Given.Message(1, content: null)).ShouldBe("");
    }

    [Theory]
    [InlineData(1600, 1200, 320, 240)]
    [InlineData(1200, 1600, 240, 320)]
    [InlineData(200, 100, 200, 100)]
    [InlineData(16_384, 10, 320, 96)]
    [InlineData(1, 1, 96, 96)]
    [InlineData(null, null, 320, 320)]
    public void Picture_OfAnySize_FitsAndCanBeRecognized(int? width, int? height, int shownWidth, int shownHeight) =>
        PictureSize.Of(File(AttachmentKind.Image, "a.png") with { Width = width, Height = height })
            .ShouldBe(new PictureSize(shownWidth, shownHeight));

    /// <summary>The example of the specification, whose corners are known.</summary>
    [Fact]
    public void Blurhash_OfAPicture_HasItsColors()
    {
        var bitmap = Decode(Blurhash.ToDataUrl("LEHV6nWB2yk8pyo0adR*.7kCMdnj", 400, 300));

        BitConverter.ToInt32(bitmap, 18).ShouldBe(20);
        BitConverter.ToInt32(bitmap, 22).ShouldBe(15);
        Encoding.ASCII.GetString(bitmap, 0, 2).ShouldBe("BM");
        BitConverter.ToInt32(bitmap, 2).ShouldBe(bitmap.Length);

        // The first row of the file is the last of the picture: its left pixel, as blue, green and red.
        bitmap[54..57].ShouldBe(_bottomLeft);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("LEHV6n")]
    [InlineData("LEHV6nWB2yk8pyo0adR*.7kCMdnj0")]
    [InlineData("\"EHV6nWB2yk8pyo0adR*.7kCMdnj")]
    public void Blurhash_ThatIsInvalid_IsGray(string? hash)
    {
        var bitmap = Decode(Blurhash.ToDataUrl(hash, 1, 1000));

        bitmap[54..57].ShouldBe([128, 128, 128]);
        BitConverter.ToInt32(bitmap, 18).ShouldBe(1);
        BitConverter.ToInt32(bitmap, 22).ShouldBe(20);
    }

    private static readonly byte[] _bottomLeft = [147, 144, 135];

    private static MessageAttachment File(AttachmentKind kind, string name) => new(Given.IdOf(1), kind, name, null, "application/octet-stream", 9);

    private static byte[] Decode(string url)
    {
        url.ShouldStartWith("data:image/bmp;base64,");

        return Convert.FromBase64String(url["data:image/bmp;base64,".Length..]);
    }
}
