using System.Runtime.InteropServices;

namespace CleanMessaging.Imaging;

/// <summary>
/// Denies system calls to this thread, and to what it starts, that converting images does not need (seccomp): to open a socket by any
/// protocol, and to read or trace another process.
/// </summary>
internal static class SeccompFilter
{
    private const int SetFilter = 22;
    private const nuint FilterMode = 2;

    private const uint DenyWithAccessError = 0x0005_000D;
    private const uint Allow = 0x7FFF_0000;

    /// <summary>From here on, numbers of x64 are those of its second form of calls.</summary>
    private const uint SecondForm = 0x4000_0000;

    private const ushort Load = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfAtLeast = 0x35;
    private const ushort Return = 0x06;

    private const uint NumberAt = 0;
    private const uint ArchitectureAt = 4;

    public static void Restrict()
    {
        // socket, ptrace, process_vm_readv, process_vm_writev, io_uring_setup, which can open sockets as well.
        (uint Architecture, uint[] Denied)? rules = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => (0xC000_003E, [41, 101, 310, 311, 425]),
            Architecture.Arm64 => (0xC000_00B7, [198, 117, 270, 271, 425]),
            _ => null,
        };
        if (rules is var (architecture, denied))
            Apply(Program(architecture, denied));
    }

    /// <summary>The last two instructions allow and deny. A jump states how many instructions it skips.</summary>
    private static Instruction[] Program(uint architecture, uint[] denied)
    {
        const int Before = 4;

        var count = Before + denied.Length + 2;
        var deny = count - 1;
        List<Instruction> program =
        [
            new(Load, 0, 0, ArchitectureAt),
            new(JumpIfEqual, 0, Skip(1), architecture),
            new(Load, 0, 0, NumberAt),
            new(JumpIfAtLeast, Skip(3), 0, SecondForm),
        ];
        foreach (var number in denied)
            program.Add(new(JumpIfEqual, Skip(program.Count), 0, number));

        return [.. program, new(Return, 0, 0, Allow), new(Return, 0, 0, DenyWithAccessError)];

        byte Skip(int from) => (byte)(deny - from - 1);
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
