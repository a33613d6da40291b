using System.Runtime.InteropServices;

namespace CleanMessaging.Imaging;

/// <summary>
/// Denies system calls to this thread, and to what it starts, that converting images does not need (seccomp): to open a socket by any
/// protocol, to read or trace another process, and to start one.
/// </summary>
/// <remarks>
/// A process that is started would have the pipes of this one, and would live outside of the limits that the server measures. Threads can
/// be started, and the process can execute another program in its own place, as it does when it confines itself.
/// </remarks>
internal static class SeccompFilter
{
    private const int SetFilter = 22;
    private const nuint FilterMode = 2;

    private const int AccessError = 13;
    private const uint DenyWithAccessError = 0x0005_0000 | AccessError;

    /// <summary>The C library then uses the other call, whose flags the filter can see.</summary>
    private const uint DenyAsMissing = 0x0005_0026;

    private const uint Allow = 0x7FFF_0000;

    /// <summary>From here on, numbers of x64 are those of its second form of calls.</summary>
    private const uint SecondForm = 0x4000_0000;

    /// <summary>The flag of <c>clone</c> that makes a thread of this process, and not another process.</summary>
    private const uint MakesAThread = 0x0001_0000;

    private const ushort Load = 0x20;
    private const ushort Jump = 0x05;
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfAtLeast = 0x35;
    private const ushort JumpIfAnyBit = 0x45;
    private const ushort Return = 0x06;

    private const uint NumberAt = 0;
    private const uint ArchitectureAt = 4;

    /// <summary>The lower half of the first argument.</summary>
    private const uint FirstArgumentAt = 16;

    /// <summary>The number of <c>clone3</c>, whose flags are in memory that a filter cannot read.</summary>
    private const uint CloneByStructure = 435;

    /// <summary>
    /// Whether the filter applies to this thread, which the process finds out by an attempt: it opens a socket. That the kernel has a
    /// filter says nothing, because a container has one of its own.
    /// </summary>
    public static bool IsActive
    {
        get
        {
            const int Local = 1;
            const int Stream = 1;

            var socket = Socket(Local, Stream, 0);
            if (socket < 0)
                return Marshal.GetLastPInvokeError() == AccessError;

            _ = Close(socket);

            return false;
        }
    }

    public static void Restrict()
    {
        // socket, ptrace, process_vm_readv, process_vm_writev, io_uring_setup, which can open sockets as well, pidfd_send_signal,
        // pidfd_open, pidfd_getfd; on x64 also fork and vfork, which ARM64 does not have.
        var program = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => Program(0xC000_003E, clone: 56, [41, 101, 310, 311, 425, 424, 434, 438, 57, 58]),
            Architecture.Arm64 => Program(0xC000_00B7, clone: 220, [198, 117, 270, 271, 425, 424, 434, 438]),
            _ => null,
        };
        if (program is not null)
            Apply(program);
    }

    /// <summary>A jump states how many instructions it skips.</summary>
    private static Instruction[] Program(uint architecture, uint clone, uint[] denied)
    {
        const int Before = 6;

        var end = Before + denied.Length;
        var (check, allow, deny, missing) = (end + 1, end + 3, end + 4, end + 5);
        List<Instruction> program =
        [
            new(Load, 0, 0, ArchitectureAt),
            new(JumpIfEqual, 0, Skip(1, deny), architecture),
            new(Load, 0, 0, NumberAt),
            new(JumpIfAtLeast, Skip(3, deny), 0, SecondForm),
            new(JumpIfEqual, Skip(4, missing), 0, CloneByStructure),
            new(JumpIfEqual, Skip(5, check), 0, clone),
        ];
        foreach (var number in denied)
            program.Add(new(JumpIfEqual, Skip(program.Count, deny), 0, number));

        program.AddRange(
        [
            new(Jump, 0, 0, Skip(end, allow)),
            new(Load, 0, 0, FirstArgumentAt),
            new(JumpIfAnyBit, 0, 1, MakesAThread),
            new(Return, 0, 0, Allow),
            new(Return, 0, 0, DenyWithAccessError),
            new(Return, 0, 0, DenyAsMissing),
        ]);

        return [.. program];

        static byte Skip(int from, int to) => (byte)(to - from - 1);
    }

    private static void Apply(Instruction[] program)
    {
        var pinned = GCHandle.Alloc(program, GCHandleType.Pinned);
        try
        {
            var filter = new Filter((ushort)program.Length, pinned.AddrOfPinnedObject());
            _ = Control(SetFilter, FilterMode, ref filter, 0, 0);
        }
        finally
        {
            pinned.Free();
        }
    }

    [DllImport("libc", EntryPoint = "prctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int option, nuint mode, ref Filter filter, nuint argument4, nuint argument5);

    [DllImport("libc", EntryPoint = "socket", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Socket(int domain, int type, int protocol);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int file);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Instruction(ushort code, byte ifTrue, byte ifFalse, uint value)
    {
        public readonly ushort Code = code;
        public readonly byte IfTrue = ifTrue;
        public readonly byte IfFalse = ifFalse;
        public readonly uint Value = value;
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Filter(ushort length, IntPtr instructions)
    {
        public readonly ushort Length = length;
        public readonly IntPtr Instructions = instructions;
    }
}
