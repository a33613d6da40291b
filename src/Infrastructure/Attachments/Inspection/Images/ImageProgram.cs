using System.Runtime.InteropServices;

namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>How the image program is run, which is published into the folder <c>imaging</c> next to the server.</summary>
/// <param name="FileName">The program to start.</param>
/// <param name="Folder">The folder in which it starts.</param>
internal sealed record ImageProgram(string FileName, string Folder, params IReadOnlyList<string> Arguments)
{
    private const string Name = "CleanMessaging.Imaging";

    /// <summary>How much time of a processor an image may use. It does not depend on the other work of the machine.</summary>
    public TimeSpan ProcessorTimeMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a process may work on an image, also if it gets no time of a processor.</summary>
    public TimeSpan TimeMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How much longer than <see cref="TimeMax"/> the server waits for a pipe. A killed process closes its pipes, unless another process
    /// has them too.
    /// </summary>
    public TimeSpan PipeMargin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How much memory a process may use.</summary>
    public long MemoryMax { get; init; } = 768 * 1024 * 1024;

    /// <summary>How much memory a process may keep after an image.</summary>
    public long IdleMemoryMax { get; init; } = 256 * 1024 * 1024;

    /// <summary>How long a process waits for the next image before it ends.</summary>
    public TimeSpan IdleMax { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Finds the program. The .NET runtime of the server runs it too. A self-contained server has no command <c>dotnet</c>; its image
    /// program is self-contained as well.
    /// </summary>
    public static ImageProgram Find()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "imaging");
        var extension = OperatingSystem.IsWindows() ? ".exe" : "";
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", $"dotnet{extension}"));

        return File.Exists(dotnet)
            ? new ImageProgram(dotnet, folder, Path.Combine(folder, $"{Name}.dll"))
            : new ImageProgram(Path.Combine(folder, $"{Name}{extension}"), folder);
    }
}
