using CleanMessaging.Application.Storage;

namespace CleanMessaging.Application.Tests.Storage;

public sealed class CursorTests
{
    [Theory]
    [InlineData("")]
    [InlineData("Ines Investor")]
    [InlineData("Zoë 🦊")]
    public void TryParse_OfWhatWasWritten_ReadsItBack(string key)
    {
        var cursor = new Cursor(key, new Guid("019534a0-0000-7000-8000-0000000000c1"));

        Cursor.TryParse(cursor.ToString(), out var read).ShouldBeTrue();

        read.ShouldBe(cursor);
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("not base64url !!! not base64url !!!")]
    public void TryParse_OfAnythingElse_IsRejected(string text) => Cursor.TryParse(text, out _).ShouldBeFalse();
}
