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
    private const int ErrorTextMax = 2_000;

    private static readonly TimeSpan _startMax = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan _exitMax = TimeSpan.FromSeconds(2);
    private static readonly byte[] _greeting = "CMI1"u8.ToArray();

    private readonly Process _process;
    private readonly ImageProgram _program;
    private readonly Stream _requests;
    private readonly Stream _answers;

    private ImageProcess(Process process, ImageProgram program)
    {
        (_process, _program) = (process, program);
        (_requests, _answers) = (process.StandardInput.BaseStream, process.StandardOutput.BaseStream);
    }

    /// <summary>Whether the process can convert another image.</summary>
    public bool IsUsable => !_process.HasExited && ProcessLimitMonitor.MemoryOf(_process) <= _program.IdleMemoryMax;

    public int Id => _process.Id;

    /// <summary>Starts a process, and waits until it has loaded its library.</summary>
    /// <exception cref="ImageStartException">The program cannot be started.</exception>
    public static async Task<ImageProcess> StartAsync(ImageProgram program)
    {
        var process = new Process { StartInfo = Describe(program) };
        var errors = new StartupErrorOutput(ErrorTextMax);
        process.ErrorDataReceived += (_, line) => errors.Add(line.Data);
        var isStarted = false;
        try
        {
            isStarted = process.Start();
            process.BeginErrorReadLine();
            var started = new ImageProcess(process, program);
            await started.ReadGreetingAsync();
            errors.Close();

            return started;
        }
        catch (Exception exception)
        {
            if (isStarted)
                await EndAsync(process);

            process.Dispose();
            throw new ImageStartException(errors.ToString(), exception);
        }
    }

    /// <summary>Converts a file. The process is busy until the result is disposed or its original is read.</summary>
    /// <param name="file">The file, which is read to its end.</param>
    /// <returns>The image; null if it was not converted.</returns>
    /// <exception cref="ImageProcessException">The process failed, and no longer runs.</exception>
    public async Task<(ImageStatus Status, ConvertedImage? Image)> ConvertAsync(
        ImageFormat format, Stream file, int length, CancellationToken cancellationToken)
    {
        var watch = new ProcessLimitMonitor(_process, _program);
        try
        {
            await SendAsync(format, file, length, watch, cancellationToken);
            watch.BeginWork();
            var status = (await ReadAsync(1))[0];
            var image = status == (byte)ImageStatus.Converted ? await ReadImageAsync(watch) : null;
            watch.EndWork();
            if (image is null)
                watch.Dispose();

            return status <= (byte)ImageStatus.TooLarge
                ? ((ImageStatus)status, image)
                : throw new InvalidDataException("The image process sent an unknown status.");
        }
        catch (Exception exception) when (exception is PipeException or EndOfStreamException or InvalidDataException)
        {
            using (watch)
                throw await FailureAsync(watch, exception);
        }
        catch
        {
            // The process waits for the rest of a file that does not come, so it is of no more use.
            ProcessLimitMonitor.Kill(_process);
            watch.Dispose();
            throw;
        }
    }

    /// <summary>Ends the process.</summary>
    public void Dispose()
    {
        ProcessLimitMonitor.Kill(_process);
        _process.Dispose();
    }

    /// <summary>Kills a process, and waits until all that it has printed is read.</summary>
    private static async Task EndAsync(Process process)
    {
        ProcessLimitMonitor.Kill(process);
        using var limit = new CancellationTokenSource(_exitMax);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // A child of the process has its output.
        }
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
        if (!(await ReadAsync(_greeting.Length)).AsSpan().SequenceEqual(_greeting))
            throw new InvalidDataException("The program is not the image program of this version.");
    }

    private async Task SendAsync(ImageFormat format, Stream file, int length, ProcessLimitMonitor watch, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        buffer[0] = (byte)format;
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(1), length);
        await WriteAsync(buffer.AsMemory(0, 1 + sizeof(int)), watch);

        for (var left = length; left > 0;)
        {
            var read = await file.ReadAsync(buffer.AsMemory(0, Math.Min(left, buffer.Length)), cancellationToken);
            if (read == 0)
                throw new InvalidOperationException("The file is shorter than stated.");

            await WriteAsync(buffer.AsMemory(0, read), watch);
            left -= read;
        }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes, ProcessLimitMonitor watch)
    {
        watch.BeginWork();
        try
        {
            await _requests.WriteAsync(bytes, CancellationToken.None);
            await _requests.FlushAsync(CancellationToken.None);
        }
        catch (IOException exception)
        {
            throw new PipeException(exception);
        }
        finally
        {
            watch.EndWork();
        }
    }

    private async Task<ConvertedImage> ReadImageAsync(ProcessLimitMonitor watch)
    {
        var header = ImageHeader.Parse(await ReadAsync(ImageHeader.Bytes));
        var thumbnail = await ReadAsync(header.ThumbnailBytes);
        var placeholder = await ReadAsync(header.PlaceholderBytes);

        return new ConvertedImage(header, thumbnail, placeholder, new OriginalImageStream(_answers, header.OriginalBytes, watch));
    }

    private async Task<byte[]> ReadAsync(int length)
    {
        var bytes = new byte[length];
        try
        {
            await _answers.ReadExactlyAsync(bytes, CancellationToken.None);
        }
        catch (IOException exception)
        {
            throw new PipeException(exception);
        }

        return bytes;
    }

    /// <summary>Ends the process, and finds out why it has failed.</summary>
    private async Task<ImageProcessException> FailureAsync(ProcessLimitMonitor watch, Exception exception)
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

            return new ImageProcessException(watch.Failure ?? ImageFailure.Crashed, exception);
        }

        var failure = _process.ExitCode == ExitedBySignal9 ? ImageFailure.Killed : ImageFailure.Crashed;

        return new ImageProcessException(watch.Failure ?? failure, exception);
    }

    /// <summary>A pipe to the process broke. Other <see cref="IOException"/> come from the file that is sent.</summary>
    private sealed class PipeException(IOException cause) : Exception(cause.Message, cause);
}
