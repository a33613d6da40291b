using System.Buffers.Binary;
using System.Diagnostics;

namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>
/// A process that converts images, one after the other. It gets an empty environment and two pipes, and nothing that it returns is
/// believed: lengths and sizes are checked. <c>RequestLoop</c> of the image program is the other side of the protocol.
/// </summary>
internal sealed class ImageProcess : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private static readonly TimeSpan _startMax = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan _exitMax = TimeSpan.FromSeconds(2);
    private static readonly byte[] _greeting = "CMI2"u8.ToArray();

    private readonly Process _process;
    private readonly ImageProgram _program;
    private readonly ImagePipes _pipes;
    private readonly StartupErrorOutput _errors;

    private ImageProcess(Process process, ImageProgram program)
    {
        (_process, _program) = (process, program);
        _pipes = new ImagePipes(process.StandardInput.BaseStream, process.StandardOutput.BaseStream)
        {
            TimeMax = _startMax + program.PipeMargin,
        };
        _errors = new StartupErrorOutput(process.StandardError.BaseStream);
    }

    /// <summary>Whether the process can convert another image.</summary>
    public bool IsUsable => !_process.HasExited && ProcessLimitMonitor.MemoryOf(_process) <= _program.IdleMemoryMax;

    public int Id => _process.Id;

    /// <summary>What the operating system denies to the process.</summary>
    public ImageConfinement Confinement { get; private set; }

    /// <summary>Starts a process, and waits until it has loaded its library.</summary>
    /// <exception cref="ImageStartException">The program cannot be started.</exception>
    public static async Task<ImageProcess> StartAsync(ImageProgram program)
    {
        var process = new Process { StartInfo = Describe(program) };
        ImageProcess started;
        try
        {
            process.Start();
            started = new ImageProcess(process, program);
        }
        catch (Exception exception)
        {
            process.Dispose();
            throw new ImageStartException("", exception);
        }

        try
        {
            await started.ReadGreetingAsync();
            started._errors.Close();

            return started;
        }
        catch (Exception exception)
        {
            ProcessLimitMonitor.Kill(process);
            var errors = await started._errors.GetTextAsync(_exitMax);
            started.Dispose();
            throw new ImageStartException(errors, exception);
        }
    }

    /// <summary>Converts a file. The process is busy until the result is disposed or its original is read.</summary>
    /// <param name="file">The file, which is read to its end.</param>
    /// <returns>The image; null if it was not converted.</returns>
    /// <exception cref="ImageProcessException">The process failed, and no longer runs.</exception>
    public async Task<(ImageStatus Status, ConvertedImage? Image)> ConvertAsync(
        ImageFormat format, ImageForm form, Stream file, int length, CancellationToken cancellationToken)
    {
        var monitor = new ProcessLimitMonitor(_process, _program);
        try
        {
            await SendAsync(format, form, file, length, monitor, cancellationToken);
            monitor.BeginWork();
            var status = (await _pipes.ReadExactlyAsync(1))[0];
            var image = status == (byte)ImageStatus.Converted ? await ReadImageAsync(form, monitor) : null;
            monitor.EndWork();
            if (image is null)
                monitor.Dispose();

            return status <= (byte)ImageStatus.TooLarge
                ? ((ImageStatus)status, image)
                : throw new InvalidDataException("The image process sent an unknown status.");
        }
        catch (Exception exception) when (exception is PipeException or EndOfStreamException or InvalidDataException)
        {
            using (monitor)
                throw await FailureAsync(monitor, exception);
        }
        catch
        {
            // The process waits for the rest of a file that does not come, so it is not usable any more.
            ProcessLimitMonitor.Kill(_process);
            monitor.Dispose();
            throw;
        }
    }

    /// <summary>Ends the process.</summary>
    public void Dispose()
    {
        ProcessLimitMonitor.Kill(_process);
        _pipes.Dispose();
        _process.StandardError.Dispose();
        _process.Dispose();
    }

    private static ProcessStartInfo Describe(ImageProgram program)
    {
        var start = new ProcessStartInfo(program.FileName, program.Arguments)
        {
            WorkingDirectory = program.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            CreateNoWindow = true,
        };
        var systemRoot = Environment.GetEnvironmentVariable("SystemRoot");

        // The environment of the server has its secrets.
        start.Environment.Clear();
        start.Environment["DOTNET_EnableDiagnostics"] = "0";

        // Otherwise libvips writes images of more than 100 MB of pixels into temporary files, in plain text.
        start.Environment["VIPS_DISC_THRESHOLD"] = "4g";
        if (OperatingSystem.IsWindows())
            start.Environment["SystemRoot"] = systemRoot;

        return start;
    }

    private async Task ReadGreetingAsync()
    {
        // Ends the read below, which cannot be canceled.
        await using var limit = new Timer(_ => ProcessLimitMonitor.Kill(_process), state: null, _startMax, Timeout.InfiniteTimeSpan);
        var greeting = await _pipes.ReadExactlyAsync(_greeting.Length + 1);
        Confinement = (ImageConfinement)greeting[^1];
        if (!greeting.AsSpan().StartsWith(_greeting) || !Enum.IsDefined(Confinement))
            throw new InvalidDataException("The program is not the image program of this version.");

        _pipes.TimeMax = _program.TimeMax + _program.PipeMargin;
    }

    private async Task SendAsync(
        ImageFormat format, ImageForm form, Stream file, int length, ProcessLimitMonitor monitor, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        buffer[0] = (byte)((byte)format | (byte)form);
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(1), length);
        await WriteAsync(buffer.AsMemory(0, 1 + sizeof(int)), monitor);

        for (var left = length; left > 0;)
        {
            var read = await file.ReadAsync(buffer.AsMemory(0, Math.Min(left, buffer.Length)), cancellationToken);
            if (read == 0)
                throw new InvalidOperationException("The file is shorter than stated.");

            await WriteAsync(buffer.AsMemory(0, read), monitor);
            left -= read;
        }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes, ProcessLimitMonitor monitor)
    {
        monitor.BeginWork();
        try
        {
            await _pipes.WriteAsync(bytes);
        }
        finally
        {
            monitor.EndWork();
        }
    }

    private async Task<ConvertedImage> ReadImageAsync(ImageForm form, ProcessLimitMonitor monitor)
    {
        var header = ImageHeader.Parse(await _pipes.ReadExactlyAsync(ImageHeader.Bytes), form);
        var thumbnail = await _pipes.ReadExactlyAsync(header.ThumbnailBytes);
        var placeholder = await _pipes.ReadExactlyAsync(header.PlaceholderBytes);

        return new ConvertedImage(header, thumbnail, placeholder, new OriginalImageStream(_pipes, header.OriginalBytes, monitor));
    }

    /// <summary>Ends the process, and finds out why it has failed.</summary>
    private async Task<ImageProcessException> FailureAsync(ProcessLimitMonitor monitor, Exception exception)
    {
        const int ExitedBySignal9 = 128 + 9;

        // A process that has closed its pipes is about to exit, with a code of its own. One that sent something wrong still runs.
        using var exit = new CancellationTokenSource(_exitMax);
        try
        {
            await _process.WaitForExitAsync(exit.Token);
        }
        catch (OperationCanceledException)
        {
            ProcessLimitMonitor.Kill(_process);

            return new ImageProcessException(monitor.Failure ?? ImageFailure.Crashed, exception);
        }

        var failure = _process.ExitCode == ExitedBySignal9 ? ImageFailure.Killed : ImageFailure.Crashed;

        return new ImageProcessException(monitor.Failure ?? failure, exception);
    }
}
