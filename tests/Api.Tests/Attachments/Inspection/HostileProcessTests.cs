using System.Globalization;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Infrastructure.Attachments.Inspection.Images;

namespace CleanMessaging.Api.Tests.Attachments.Inspection;

/// <summary>Processes that a file has taken over, and that try to occupy the server. Scripts stand for them.</summary>
public sealed class HostileProcessTests : IDisposable
{
    private const string OnlyUnix = "The scripts of this test need a Unix shell.";

    private readonly string _folder = Directory.CreateTempSubdirectory("imaging-").FullName;

    public static bool IsUnix => !OperatingSystem.IsWindows();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Without a filter of system calls, as on macOS, a process can start others.</summary>
    [Fact(Skip = OnlyUnix, SkipUnless = nameof(IsUnix))]
    public async Task Process_ThatHasStartedAnother_IsKilledWithIt()
    {
        var program = Script("printf CMI21; sleep 600 & echo $! > pid; wait") with { TimeMax = TimeSpan.FromMilliseconds(500) };
        using var images = new ImageConverterFixture(program);

        await Should.ThrowAsync<AttachmentUnavailableException>(() => images.ConvertAsync(Pictures.Gif(1)));

        await ImageConverterFixture.EndsAsync(await ReadProcessIdAsync());
    }

    /// <summary>The other process has the pipes, so that they stay open when the process is killed. It is not one of its tree.</summary>
    [Fact(Skip = OnlyUnix, SkipUnless = nameof(IsUnix))]
    public async Task Process_WhosePipesAnotherOneKeeps_DoesNotOccupyTheServer()
    {
        var program = Script("printf CMI21; (sleep 600 & echo $! > pid); exec sleep 600") with
        {
            TimeMax = TimeSpan.FromMilliseconds(300),
            PipeMargin = TimeSpan.FromMilliseconds(300),
        };
        using var images = new ImageConverterFixture(program);

        await Should.ThrowAsync<AttachmentUnavailableException>(() => images.ConvertAsync(Pictures.Gif(1)));

        using var other = System.Diagnostics.Process.GetProcessById(await ReadProcessIdAsync());
        other.HasExited.ShouldBeFalse();
        other.Kill();
    }

    [Fact(Skip = OnlyUnix, SkipUnless = nameof(IsUnix))]
    public async Task Program_ThatPrintsWithoutEnd_IsUnavailableAndTheStartOfItsErrorIsLogged()
    {
        using var images = new ImageConverterFixture(Script("echo 'libvips was not found' >&2; head -c 10000000 /dev/zero | tr '\\0' x >&2; exit 1"));

        await Should.ThrowAsync<AttachmentUnavailableException>(() => images.ConvertAsync(Pictures.Gif(1)));

        var text = images.Logs.Lines.ShouldHaveSingleItem().Text;
        text.ShouldContain("libvips was not found");
        text.Length.ShouldBeLessThan(20_000);
    }

    /// <summary>A process whose output is not read would wait.</summary>
    [Fact(Skip = OnlyUnix, SkipUnless = nameof(IsUnix))]
    public async Task Process_ThatPrintsMuchAfterItsStart_ContinuesAndNothingOfItIsLogged()
    {
        using var images = new ImageConverterFixture(Script("printf CMI21; head -c 5 > /dev/null; head -c 1000000 /dev/zero | tr '\\0' x >&2; touch continued; kill -SEGV $$"));

        await images.ErrorOfAsync(Pictures.Gif(1));

        File.Exists(Path.Combine(_folder, "continued")).ShouldBeTrue();
        images.Logs.Lines.ShouldAllBe(line => !line.Text.Contains("xxxx"));
    }

    [Theory(Skip = OnlyUnix, SkipUnless = nameof(IsUnix))]
    [InlineData(2, "WithoutLandlock")]
    [InlineData(3, "WithoutSeccomp")]
    [InlineData(4, "None")]
    public async Task Processes_ThatAreNotConfined_AreLoggedOnceAndUsed(int level, string confinement)
    {
        using var images = new ImageConverterFixture(Script($"printf CMI2{level}; head -c 5 > /dev/null; printf '\\001'; head -c 5 > /dev/null"));

        for (var count = 0; count < 3; count++)
            await images.ErrorOfAsync(Pictures.Gif(1));

        images.Logs.Lines.Where(line => line.Text.StartsWith("Image processes are not confined completely", StringComparison.Ordinal))
            .ShouldHaveSingleItem().Text.ShouldContain(confinement);
    }

    [Fact(Skip = OnlyUnix, SkipUnless = nameof(IsUnix))]
    public async Task Program_WithAnUnknownGreeting_IsUnavailable()
    {
        using var images = new ImageConverterFixture(Script("printf CMI25; exec sleep 600"));

        await Should.ThrowAsync<AttachmentUnavailableException>(() => images.ConvertAsync(Pictures.Gif(1)));
    }

    private ImageProgram Script(string script) => ImageProcessTests.ScriptIn(_folder, script);

    private async Task<int> ReadProcessIdAsync() => int.Parse(
        await File.ReadAllTextAsync(Path.Combine(_folder, "pid"), TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
}
