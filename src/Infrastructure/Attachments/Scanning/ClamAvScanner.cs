using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Ids;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Attachments.Scanning;

/// <summary>
/// Scans files with ClamAV's daemon, by its command INSTREAM. Only the answer "OK" to a whole file means that it has no virus; without it
/// the file is not accepted.
/// </summary>
internal sealed partial class ClamAvScanner(IOptions<ScannerOptions> options, ILogger<ClamAvScanner> logger) : IVirusScanner
{
    private const int ChunkBytes = 64 * 1024;
    private const int LengthBytes = sizeof(int);
    private const int AnswerBytesMax = 1024;
    private const string Clean = "stream: OK";
    private const string FoundPrefix = "stream: ";
    private const string FoundSuffix = " FOUND";

    private static readonly byte[] _command = "zINSTREAM\0"u8.ToArray();

    private readonly EndPoint? _address = options.Value.Address;

    /// <summary>How long a scan may take. It may take a second longer for each MiB that the scanner has received.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(30);

    public async Task<bool> IsInfectedAsync(AttachmentId attachmentId, Stream plain, CancellationToken cancellationToken)
    {
        if (_address is null)
            return false;

        using var limit = new ScanTimeLimit(Wait, cancellationToken);
        string answer;
        try
        {
            answer = await ScanAsync(_address, plain, limit);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            throw Unavailable(attachmentId, exception.Message, exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unavailable(attachmentId, "It did not answer in time.", exception);
        }

        if (answer == Clean)
            return false;

        if (!answer.StartsWith(FoundPrefix, StringComparison.Ordinal) || !answer.EndsWith(FoundSuffix, StringComparison.Ordinal))
            throw Unavailable(attachmentId, $"It answered: {answer}");

        LogFound(logger, attachmentId, answer[FoundPrefix.Length..^FoundSuffix.Length]);

        return true;
    }

    private static async Task<string> ScanAsync(EndPoint address, Stream plain, ScanTimeLimit limit)
    {
        var cancellationToken = limit.Token;
        using var socket = address is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address, cancellationToken);
        await using var connection = new NetworkStream(socket);
        if (await TrySendAsync(connection, plain, limit) is { } failure)
        {
            // ClamAV answers early and closes the connection if the file is larger than its StreamMaxLength.
            var reason = await TryReadAnswerAsync(connection, cancellationToken);
            throw new IOException(reason.Length > 0 ? $"It answered before it had the whole file: {reason}" : failure.Message, failure);
        }

        return await ReadAnswerAsync(connection, cancellationToken);
    }

    /// <summary>Sends the file in chunks, each after its length. Returns why the connection failed; null if it did not.</summary>
    private static async Task<IOException?> TrySendAsync(NetworkStream connection, Stream plain, ScanTimeLimit limit)
    {
        var cancellationToken = limit.Token;
        var buffer = GC.AllocateUninitializedArray<byte>(LengthBytes + ChunkBytes);
        if (await TryWriteAsync(connection, _command, cancellationToken) is { } failure)
            return failure;

        int count;
        do
        {
            count = await plain.ReadAtLeastAsync(buffer.AsMemory(LengthBytes), ChunkBytes, throwOnEndOfStream: false, cancellationToken);
            BinaryPrimitives.WriteInt32BigEndian(buffer, count);
            if (await TryWriteAsync(connection, buffer.AsMemory(0, LengthBytes + count), cancellationToken) is { } broken)
                return broken;

            limit.Extend(count);
        }
        while (count == ChunkBytes);

        // A length of zero is the end of the file.
        return count == 0 ? null : await TryWriteAsync(connection, new byte[LengthBytes], cancellationToken);
    }

    private static async Task<IOException?> TryWriteAsync(
        NetworkStream connection, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        try
        {
            await connection.WriteAsync(content, cancellationToken);

            return null;
        }
        catch (IOException exception)
        {
            return exception;
        }
    }

    private static async Task<string> TryReadAnswerAsync(NetworkStream connection, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAnswerAsync(connection, cancellationToken);
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>Returns the answer without the zero byte that ends it.</summary>
    /// <exception cref="IOException">The answer has no end.</exception>
    private static async Task<string> ReadAnswerAsync(NetworkStream connection, CancellationToken cancellationToken)
    {
        var answer = new byte[AnswerBytesMax];
        var length = 0;
        while (length < answer.Length)
        {
            var count = await connection.ReadAsync(answer.AsMemory(length), cancellationToken);
            if (count == 0)
                break;

            length += count;
            if (answer[length - 1] == 0)
                return Encoding.ASCII.GetString(answer, 0, length - 1);
        }

        throw new IOException("The connection was closed within the answer.");
    }

    private AttachmentUnavailableException Unavailable(AttachmentId attachmentId, string reason, Exception? exception = null)
    {
        LogUnavailable(logger, attachmentId, reason);

        return new AttachmentUnavailableException("The virus scanner cannot be used.", exception);
    }

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "The virus scanner found {Signature} in attachment {AttachmentId}, which is rejected.")]
    private static partial void LogFound(ILogger logger, Guid attachmentId, string signature);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The virus scanner did not scan attachment {AttachmentId}: {Reason} The client can repeat the request.")]
    private static partial void LogUnavailable(ILogger logger, Guid attachmentId, string reason);
}
