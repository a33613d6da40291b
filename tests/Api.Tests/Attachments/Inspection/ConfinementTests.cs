using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using CleanMessaging.Infrastructure.Attachments.Inspection.Images;

namespace CleanMessaging.Api.Tests.Attachments.Inspection;

/// <summary>
/// Confines a thread of the tests as the image program confines itself, and tries there what a file that has taken over the program would
/// try. The confinement ends with the thread.
/// </summary>
public sealed class ConfinementTests
{
    /// <summary>The reason why tests of restricted files are skipped.</summary>
    private const string NoLandlock = "Restricted files need Linux 5.13 or newer with Landlock, on x64 or ARM64.";

    private const int InvalidArgument = 22;
    private const int AccessError = 13;
    private const int Missing = 38;

    private static readonly Assembly _program = AssemblyLoadContext.Default.LoadFromAssemblyPath(
        Path.Combine(AppContext.BaseDirectory, "imaging", "CleanMessaging.Imaging.dll"));

    /// <summary>Whether the program has a filter for the numbers of the system calls here. Every kernel that runs .NET applies it.</summary>
    public static bool HasFilter =>
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    public static bool HasLandlock => HasFilter && LandlockVersion() >= 1;

    private static bool IsX64 => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    [Fact(Skip = "The filter of system calls is for Linux on x64 and ARM64.", SkipUnless = nameof(HasFilter))]
    public void Thread_WithTheFilterOfSystemCalls_StartsNoProcessAndReachesNoOther()
    {
        // What is not forbidden fails because its arguments are wrong, or has an effect that ends at once.
        Try().ShouldBe(new Attempts(Process: InvalidArgument, Thread: InvalidArgument, ByStructure: InvalidArgument, Socket: 0, OtherProcess: 0));
        StartError().ShouldBe(0);

        var (attempts, startError, canStartThread) = OnConfinedThread(() =>
        {
            Invoke("SeccompFilter", "Restrict");
            var hasRun = false;
            var thread = new Thread(() => hasRun = true);
            thread.Start();
            thread.Join();

            return (Try(), StartError(), hasRun);
        });

        attempts.ShouldBe(new Attempts(Process: AccessError, Thread: InvalidArgument, ByStructure: Missing, Socket: AccessError, OtherProcess: AccessError));
        startError.ShouldBe(AccessError);
        canStartThread.ShouldBeTrue();
    }

    [Fact(Skip = NoLandlock, SkipUnless = nameof(HasLandlock))]
    public void Level_OfAThread_NamesWhatIsInForce()
    {
        OnConfinedThread(Level).ShouldBe(ImageConfinement.None);
        OnConfinedThread(() =>
        {
            Invoke("SeccompFilter", "Restrict");
            var filtered = Level();
            RestrictFiles();

            return (filtered, Level());
        }).ShouldBe((ImageConfinement.WithoutLandlock, ImageConfinement.Complete));
        OnConfinedThread(() =>
        {
            RestrictFiles();

            return Level();
        }).ShouldBe(ImageConfinement.WithoutSeccomp);
    }

    [Fact(Skip = NoLandlock, SkipUnless = nameof(HasLandlock))]
    public void Thread_WithRestrictedFiles_ReadsTheProgramOnlyAndWritesNothing()
    {
        var folder = Directory.CreateTempSubdirectory("confined-");
        var other = Path.Combine(folder.FullName, "file");
        var program = Path.Combine(AppContext.BaseDirectory, "imaging", "CleanMessaging.Imaging.dll");
        File.WriteAllText(other, "");
        Errors().ShouldBe((false, false, false));

        OnConfinedThread(() =>
        {
            RestrictFiles();

            return Errors();
        }).ShouldBe((false, true, true));
        folder.Delete(recursive: true);

        (bool Program, bool Other, bool Writing) Errors() =>
            (Fails(program, FileAccess.Read), Fails(other, FileAccess.Read), Fails(other, FileAccess.Write));

        static bool Fails(string path, FileAccess access)
        {
            try
            {
                using var file = File.OpenHandle(path, FileMode.Open, access);

                return false;
            }
            catch (UnauthorizedAccessException)
            {
                return true;
            }
        }
    }

    [Fact(Skip = NoLandlock, SkipUnless = nameof(HasLandlock))]
    public async Task Process_OfTheProgram_IsConfinedCompletely()
    {
        using var images = new ImageConverterFixture();
        using var process = await images.Processes.RentAsync();

        process.Confinement.ShouldBe(ImageConfinement.Complete);
    }

    /// <summary>Runs a function on a thread of its own, which cannot get rights any more, as the kernel demands.</summary>
    private static T OnConfinedThread<T>(Func<T> function)
    {
        const int SetNoNewPrivileges = 38;
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                _ = Control(SetNoNewPrivileges, 1, 0, 0, 0);
                result = function();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();

        return failure is null ? result! : throw new InvalidOperationException("The function has failed.", failure);
    }

    private static object? Invoke(string type, string method, params object[] arguments) =>
        _program.GetType($"CleanMessaging.Imaging.{type}", throwOnError: true)!.GetMethod(method)!.Invoke(null, arguments);

    private static ImageConfinement Level() => (ImageConfinement)(byte)Invoke("Confinement", "get_Level")!;

    private static void RestrictFiles() =>
        Invoke("LandlockRuleset", "Restrict", (object)(string[])[AppContext.BaseDirectory, RuntimeEnvironment.GetRuntimeDirectory()]);

    private static Attempts Try()
    {
        // A combination of flags that the kernel rejects, and a thread without the memory of its process.
        const int WithOwnAndSharedFiles = 0x20200;
        const int AsThread = 0x10000;
        var clone = IsX64 ? 56 : 220;

        return new Attempts(
            Process: ErrorOf(clone, WithOwnAndSharedFiles, 0, 0),
            Thread: ErrorOf(clone, AsThread, 0, 0),
            ByStructure: ErrorOf(435, 0, 0, 0),
            Socket: ErrorOf(IsX64 ? 41 : 198, 1, 1, 0),
            OtherProcess: ErrorOf(434, Environment.ProcessId, 0, 0));
    }

    /// <summary>Returns the error of a system call; 0 if it has returned a file, which is closed.</summary>
    private static int ErrorOf(int number, nint first, nint second, nint third)
    {
        var result = Call(number, first, second, third, 0, 0);
        if (result < 0)
            return Marshal.GetLastPInvokeError();

        _ = Close((int)result);

        return 0;
    }

    /// <summary>Returns the error with which a program does not start; 0 if it does.</summary>
    private static int StartError()
    {
        try
        {
            using var process = Process.Start("/bin/true");
            process.WaitForExit();

            return 0;
        }
        catch (Win32Exception exception)
        {
            return exception.NativeErrorCode;
        }
    }

    private static nint LandlockVersion() => Call(444, 0, 0, 1, 0, 0);

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Call(nint number, nint first, nint second, nint third, nint fourth, nint fifth);

    [DllImport("libc", EntryPoint = "prctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int file);

    /// <summary>The errors of attempts; 0 for success.</summary>
    private sealed record Attempts(int Process, int Thread, int ByStructure, int Socket, int OtherProcess);
}
