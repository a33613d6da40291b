namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>
/// What the operating system denies to an image process, which can be taken over by a file. The values are those of the greeting.
/// </summary>
internal enum ImageConfinement : byte
{
    /// <summary>It reads its program only, and opens no connection, starts no process and does not look into another one.</summary>
    Complete = (byte)'1',

    /// <summary>It can read the files that the server can read: the kernel has no Landlock.</summary>
    WithoutLandlock = (byte)'2',

    /// <summary>It can open connections and start processes: the kernel has no seccomp.</summary>
    WithoutSeccomp = (byte)'3',

    /// <summary>It can do what the server can do.</summary>
    None = (byte)'4',
}
