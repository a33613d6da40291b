using System.Diagnostics;
using System.Globalization;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Attachments.Inspection.Images;

namespace CleanMessaging.Api.Tests.Attachments.Inspection;

/// <summary>What becomes of an image when its process fails. Scripts stand for processes that do.</summary>
public sealed class ImageProcessTests : IDisposable
{
    private const string OnlyUnix = "The scripts of this test need a Unix shell.";

    private readonly string _folder = Directory.CreateTempSubdirectory("imaging-").FullName;

    public static bool IsUnix => !OperatingSystem.IsWindows();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact(Skip = OnlyUnix, SkipUnless = nameof(IsUnix))]
    public async Task Process_ThatWorksTooLong_IsKilledAndTheImageCanBeTriedAgain()
    {
        using var images = new ImageConverterFixture(Script("printf CMI21; echo $$ > pid; exec sleep 600") with { TimeMax = TimeSpan.FromMilliseconds(300) });

        await Should.ThrowAsync<InspectionTimeoutException>(() => images.ConvertAsync(Pictures.Gif(1)));

        await ImageConverterFixture.EndsAsync(await ReadProcessIdAsync());
        images.Logs.Lines.ShouldHaveSingleItem().Text.ShouldContain("TooSlow");
    }

    /// <summary>This limit does not depend on the other work of the machine, so it can be short.</summary>
    [Fact(Skip = OnlyUnix, SkipUnless = nameof(IsUnix))]
    public async Task Process_ThatUsesTooMuchProcessorTime_IsKilled()
    {
        var program = Script("printf CMI21; echo $$ > pid; while :; do :; done") with { ProcessorTimeMax = TimeSpan.FromMilliseconds(200), TimeMax = TimeSpan.FromHours(1) };
        using var images = new ImageConverterFixture(program);

        await Should.ThrowAsync<InspectionTimeoutException>(() => images.ConvertAsync(Pictures.Gif(1)));

        await ImageConverterFixture.EndsAsync(await ReadProcessIdAsync());
        images.Logs.Lines.ShouldHaveSingleItem().Text.ShouldContain("TooSlow");
    }

    /// <summary>A process that reads nothing blocks the server when its pipe is full.</summary>
    [Fact(Skip = OnlyUnix, SkipUnless = nameof(IsUnix))]
    public async Task Process_ThatReadsNothing_IsKilled()
    {
        using var images = new ImageConverterFixture(Script("printf CMI21; echo $$ > pid; exec sleep 600") with { TimeMax = TimeSpan.FromMilliseconds(300) });

        await Should.ThrowAsync<InspectionTimeoutException>(() => images.ConvertAsync([.. Pictures.Gif(1), .. new byte[1_000_000]]));

        await ImageConverterFixture.EndsAsync(await ReadProcessIdAsync());
    }

    [Fact]
    public async Task Process_WithTooMuchMemory_IsKilledAndTheImageIsRejected()
    {
        using var images = new ImageConverterFixture(ImageProgram.Find() with { MemoryMax = 1_000_000 });
        var id = await images.RentedIdAsync();

        var error = await Should.ThrowAsync<DomainException>(() => images.ConvertAsync(Pictures.BlackPng(8_000, 6_000)));

        error.Error.Code.ShouldBe("attachment.image_too_large");
        await ImageConverterFixture.EndsAsync(id);
        images.Logs.Lines.ShouldHaveSingleItem().Text.ShouldContain("TooMuchMemory");
    }

    [Fact(Skip = OnlyUnix, SkipUnless = nameof(IsUnix))]
    public async Task Process_ThatCrashesTwice_RejectsTheImage()
    {
        using var images = new ImageConverterFixture(Script("printf CMI21; head -c 5 > /dev/null; echo again >> runs; kill -SEGV $$"));

        var error = await Should.ThrowAsync<DomainException>(() => images.ConvertAsync(Pictures.Gif(1)));

        error.Error.Code.ShouldBe("attachment.content_mismatch");
        (await File.ReadAllLinesAsync(Path.Combine(_folder, "runs"), Cancellation)).Length.ShouldBe(2);
    }

    [Fact(Skip = OnlyUnix, SkipUnless = nameof(IsUnix))]
    public async Task Process_ThatCrashesOnce_IsReplaced()
    {
        var real = ImageProgram.Find();
        var command = string.Join(' ', real.Arguments.Prepend(real.FileName).Select(part => $"'{part}'"));
        using var images = new ImageConverterFixture(Script($"test -e crashed && exec {command}; touch crashed; printf CMI21; kill -SEGV $$"));

        var picture = await images.ConvertAsync(Pictures.Gif(1));

        picture.Width.ShouldBe(1);
        images.Logs.Lines.ShouldHaveSingleItem().Text.ShouldContain("Crashed");
    }

    /// <summary>The operating system kills processes when memory is short. The image may be a good one.</summary>
    [Fact(Skip = OnlyUnix, SkipUnless = nameof(IsUnix))]
    public async Task Process_KilledByAnother_LeavesTheImageToBeTriedAgain()
    {
        using var images = new ImageConverterFixture(Script("printf CMI21; head -c 5 > /dev/null; kill -KILL $$"));

        await Should.ThrowAsync<AttachmentUnavailableException>(() => images.ConvertAsync(Pictures.Gif(1)));
    }

    /// <summary>A file that has taken over its process decides what the process answers.</summary>
    [Theory(Skip = OnlyUnix, SkipUnless = nameof(IsUnix))]
    [InlineData(@"\003")]
    [InlineData(@"\000\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377")]
    [InlineData(@"\000\001\000\000\000\001\000\000\000\001\000\000\000\001\000\000\000\001\000\000\000\000\000\000\000")]
    [InlineData(@"\000\001\000\000\000\001\000\000\000\377\377\377\177\001\000\000\000\001\000\000\000\001\000\000\000")]
    [InlineData(@"\000\001\000\000\000\001\000\000\000\001\000\000\000\377\000\000\000\001\000\000\000\001\000\000\000")]
    public async Task Process_WithAnAnswerOutOfRange_IsKilledAndTheImageIsRejected(string answer)
    {
        using var images = new ImageConverterFixture(Script($"printf CMI21; head -c 5 > /dev/null; printf '{answer}'; echo $$ > pid; exec sleep 600"));

        var error = await Should.ThrowAsync<DomainException>(() => images.ConvertAsync(Pictures.Gif(1)));

        error.Error.Code.ShouldBe("attachment.content_mismatch");
        await ImageConverterFixture.EndsAsync(await ReadProcessIdAsync());
    }

    [Fact(Skip = OnlyUnix, SkipUnless = nameof(IsUnix))]
    public async Task Process_ThatEndsWithinTheImage_LeavesTheImageToBeTriedAgain()
    {
        const string Header = @"\000\001\000\000\000\001\000\000\000\001\000\000\000\001\000\000\000\001\000\000\000\144\000\000\000";
        using var images = new ImageConverterFixture(Script($"printf CMI21; head -c 5 > /dev/null; printf '{Header}T123half'"));

        await Should.ThrowAsync<AttachmentUnavailableException>(() => images.ConvertAsync(Pictures.Gif(1)));
    }

    [Fact(Skip = OnlyUnix, SkipUnless = nameof(IsUnix))]
    public async Task Program_ThatDoesNotStart_IsUnavailableAndItsErrorIsLogged()
    {
        using var images = new ImageConverterFixture(Script("echo 'libvips.so.42 was not found' >&2; exit 1"));

        await Should.ThrowAsync<AttachmentUnavailableException>(() => images.ConvertAsync(Pictures.Gif(1)));

        images.Logs.Lines.ShouldHaveSingleItem().Text.ShouldContain("libvips.so.42 was not found");
    }

    [Fact]
    public async Task Program_ThatIsMissing_IsUnavailable()
    {
        using var images = new ImageConverterFixture(new ImageProgram(Path.Combine(_folder, "missing"), _folder));

        await Should.ThrowAsync<AttachmentUnavailableException>(() => images.ConvertAsync(Pictures.Gif(1)));
    }

    [Fact(Skip = OnlyUnix, SkipUnless = nameof(IsUnix))]
    public async Task Process_Always_GetsNothingOfTheServersEnvironment()
    {
        const string Variable = "CLEANMESSAGING_TEST_SECRET";
        Environment.SetEnvironmentVariable(Variable, "secret-of-the-server");
        try
        {
            using var images = new ImageConverterFixture(Script("/usr/bin/env > environment; printf CMI21; kill -KILL $$"));

            await Should.ThrowAsync<AttachmentUnavailableException>(() => images.ConvertAsync(Pictures.Gif(1)));

            var environment = await File.ReadAllTextAsync(Path.Combine(_folder, "environment"), Cancellation);
            environment.ShouldContain("DOTNET_EnableDiagnostics=0");
            environment.ShouldContain("VIPS_DISC_THRESHOLD=4g");
            environment.ShouldNotContain("secret-of-the-server");
            environment.ShouldNotContain("HOME=");
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    /// <summary>The kernel knows what a process may do. It does not say so for files (Landlock).</summary>
    [Fact]
    public async Task Process_OnLinux_CannotOpenConnectionsAndWriteFiles()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux can confine a process without an account of its own.");
        using var images = new ImageConverterFixture();
        var process = await images.Processes.RentAsync();

        var status = await File.ReadAllTextAsync($"/proc/{process.Id}/status", Cancellation);
        var limits = await File.ReadAllTextAsync($"/proc/{process.Id}/limits", Cancellation);
        var command = await File.ReadAllTextAsync($"/proc/{process.Id}/cmdline", Cancellation);

        var shortage = await File.ReadAllTextAsync($"/proc/{process.Id}/oom_score_adj", Cancellation);

        // A conversion loads parts of .NET that a start does not.
        images.Processes.Return(process);
        (await images.ConvertAsync(Pictures.Gif(1))).Width.ShouldBe(1);
        shortage.Trim().ShouldBe("1000");
        command.ShouldEndWith("confined\0");
        status.ShouldContain("NoNewPrivs:\t1");
        status.ShouldContain("Seccomp:\t2");
        limits.ShouldMatch(@"Max file size +0 +0 ");
        limits.ShouldMatch(@"Max core file size +0 +0 ");
    }

    /// <summary>A server that is killed closes its pipes. Its processes then end by themselves.</summary>
    [Fact]
    public async Task Program_WhenItsInputEnds_Ends()
    {
        var program = ImageProgram.Find();
        using var process = Process.Start(new ProcessStartInfo(program.FileName, program.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        }).ShouldNotBeNull();

        process.StandardInput.Close();

        (await process.StandardOutput.ReadToEndAsync(Cancellation)).ShouldMatch("^CMI2[1-4]$");
        await process.WaitForExitAsync(Cancellation);
        process.ExitCode.ShouldBe(0);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private async Task<int> ReadProcessIdAsync() =>
        int.Parse(await File.ReadAllTextAsync(Path.Combine(_folder, "pid"), Cancellation), CultureInfo.InvariantCulture);

    /// <summary>Returns a program that runs a script in a folder.</summary>
    internal static ImageProgram ScriptIn(string folder, string script) => new("/bin/sh", folder, "-c", $"PATH=/usr/bin:/bin; {script}");

    private ImageProgram Script(string script) => ScriptIn(_folder, script);
}
