using CleanMessaging.Domain.Attachments;

namespace CleanMessaging.Domain.Tests.Attachments;

public sealed class AttachmentNameTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("Bericht 2026.pdf")]
    [InlineData("تقرير.pdf")]
    [InlineData("\"quotes\"; filename=evil.txt")]
    [InlineData("😀😀.png")]
    [InlineData("...")]
    public void Check_OfAName_AcceptsIt(string name) => AttachmentName.Check(name).ShouldBeNull();

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\u200B")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../../etc/passwd")]
    [InlineData("a\\b")]
    [InlineData("a\r\nSet-Cookie: x")]
    [InlineData("a\u0000b")]
    [InlineData("a\u2028b")]
    [InlineData("gpj.\u202Eexe")]
    [InlineData("a\u2066b")]
    public void Check_OfANameThatDeceivesOrBreaksAHeader_RejectsIt(string name) =>
        AttachmentName.Check(name).ShouldBe(AttachmentErrors.InvalidName);

    [Fact]
    public void Check_OfALength_CountsCodePoints()
    {
        AttachmentName.Check("\uD83D.png").ShouldBe(AttachmentErrors.InvalidName);
        AttachmentName.Check(string.Concat(Enumerable.Repeat("😀", AttachmentName.MaxLength))).ShouldBeNull();
        AttachmentName.Check(string.Concat(Enumerable.Repeat("😀", AttachmentName.MaxLength + 1))).ShouldBe(AttachmentErrors.InvalidName);
    }

    [Fact]
    public void CheckDescription_OfAText_NeedsVisibleTextOfALength()
    {
        AttachmentName.CheckDescription(string.Concat(Enumerable.Repeat("😀", AttachmentName.DescriptionMaxLength))).ShouldBeNull();
        AttachmentName.CheckDescription("Two\nlines").ShouldBeNull();
        string[] invalid = ["", " ", "\uD83D", "a\0", string.Concat(Enumerable.Repeat("😀", AttachmentName.DescriptionMaxLength + 1))];
        invalid.ShouldAllBe(text => AttachmentName.CheckDescription(text) == AttachmentErrors.InvalidDescription);
    }

    [Theory]
    [InlineData("a.PDF", "pdf")]
    [InlineData("a.tar.gz", "gz")]
    [InlineData("a", "")]
    [InlineData("a.", "")]
    [InlineData("a.exe .", "exe")]
    [InlineData("a.exe\u00A0", "exe")]
    [InlineData("a.ex\u200Be\uFE0F", "exe")]
    [InlineData("\u200Ea.exe\u200E", "exe")]
    [InlineData("a.exe::$DATA", "exe")]
    [InlineData("a.exe:b.txt", "exe")]
    [InlineData("a.exe (1)", "exe1")]
    [InlineData("a.проект", "")]
    public void ExtensionOf_AName_IsTheOneThatChoosesTheProgram(string name, string extension) =>
        AttachmentName.ExtensionOf(name).ShouldBe(extension);
}
