using System.Buffers;
using System.IO.Pipelines;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.WebApi.Errors;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Limits;

/// <summary>
/// Serializes a large response into pooled memory, which counts against the global budget, and then writes it to the client within a
/// deadline. While a slow client reads, the objects of the response are already released, and each segment is returned to the pool after it
/// is written.
/// </summary>
internal sealed class BufferedResponses(ResponseBuffers buffers, IOptions<LimitOptions> options, LimitLog log)
{
    public Task InvokeAsync(HttpContext httpContext, RequestDelegate next) =>
        httpContext.GetEndpoint()?.Metadata.GetMetadata<LargeResponse>() is null ? next(httpContext) : BufferAsync(httpContext, next);

    private async Task BufferAsync(HttpContext httpContext, RequestDelegate next)
    {
        var caller = CallerKey.Of(httpContext);
        using var buffered = new BufferedBody(buffers, log, caller);
        var direct = httpContext.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        httpContext.Features.Set<IHttpResponseBodyFeature>(buffered);
        try
        {
            await next(httpContext);
        }
        finally
        {
            // Error handlers write their response directly, without the buffer.
            httpContext.Features.Set(direct);
        }

        await WriteAsync(httpContext, buffered, direct.Writer, caller);
    }

    private async Task WriteAsync(HttpContext httpContext, BufferedBody buffered, PipeWriter output, string caller)
    {
        if (buffered.Length > 0)
            httpContext.Response.ContentLength = buffered.Length;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted);
        deadline.CancelAfter(options.Value.ResponseTime);
        try
        {
            await buffered.WriteToAsync(output, deadline.Token);
        }
        catch (OperationCanceledException)
        {
            if (!httpContext.RequestAborted.IsCancellationRequested)
                log.Reached(nameof(LimitOptions.ResponseTime), caller);

            httpContext.Abort();
        }
    }

    /// <summary>Marks an endpoint whose response can be larger than the web server's buffer.</summary>
    internal sealed record LargeResponse;

    /// <summary>The response body that the endpoint writes to: it accepts all data at once and sends nothing.</summary>
    private sealed class BufferedBody(ResponseBuffers buffers, LimitLog log, string caller) : IHttpResponseBodyFeature, IDisposable
    {
        private readonly PooledWriter _writer = new(buffers, log, caller);
        private Stream? _stream;

        public Stream Stream => _stream ??= _writer.AsStream(leaveOpen: true);

        public PipeWriter Writer => _writer;

        public long Length => _writer.Length;

        public void DisableBuffering()
        {
        }

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
            SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken);

        public Task CompleteAsync() => Task.CompletedTask;

        public Task WriteToAsync(PipeWriter output, CancellationToken cancellationToken) => _writer.WriteToAsync(output, cancellationToken);

        public void Dispose() => _writer.Dispose();
    }

    /// <summary>Collects bytes in rented segments of equal size. Each segment counts against the budget until it is returned.</summary>
    private sealed class PooledWriter(ResponseBuffers buffers, LimitLog log, string caller) : PipeWriter, IDisposable
    {
        private const int SegmentBytes = 16 * 1024;

        private readonly Queue<byte[]> _segments = new();
        private byte[]? _last;
        private int _lastBytes = SegmentBytes;

        /// <summary>
        /// The memory that writers get. Its bytes are copied to segments, so that a large size hint leaves no segment partly empty.
        /// </summary>
        private byte[] _scratch = ArrayPool<byte>.Shared.Rent(SegmentBytes);

        public long Length => _segments.Count == 0 ? 0 : ((long)(_segments.Count - 1) * SegmentBytes) + _lastBytes;

        public override bool CanGetUnflushedBytes => true;

        public override long UnflushedBytes => 0;

        public override Memory<byte> GetMemory(int sizeHint = 0) => ScratchOf(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => ScratchOf(sizeHint);

        public override void Advance(int bytes)
        {
            var written = _scratch.AsSpan(0, bytes);
            while (!written.IsEmpty)
            {
                if (_lastBytes == SegmentBytes)
                    AddSegment();

                var part = written[..Math.Min(written.Length, SegmentBytes - _lastBytes)];
                part.CopyTo(_last.AsSpan(_lastBytes));
                _lastBytes += part.Length;
                written = written[part.Length..];
            }
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        public async Task WriteToAsync(PipeWriter output, CancellationToken cancellationToken)
        {
            ReleaseScratch();
            while (_segments.TryPeek(out var segment))
            {
                var bytes = segment == _last ? _lastBytes : SegmentBytes;
                var result = await output.WriteAsync(segment.AsMemory(0, bytes), cancellationToken);
                ReleaseSegment();
                if (result.IsCompleted)
                    return;
            }
        }

        public void Dispose()
        {
            ReleaseScratch();
            while (_segments.Count > 0)
                ReleaseSegment();
        }

        private byte[] ScratchOf(int sizeHint)
        {
            if (sizeHint > _scratch.Length)
            {
                ReleaseScratch();
                _scratch = ArrayPool<byte>.Shared.Rent(sizeHint);
            }

            return _scratch;
        }

        /// <exception cref="RequestRejectedException"><c>server.busy</c></exception>
        private void AddSegment()
        {
            if (!buffers.TryReserve(caller, SegmentBytes))
            {
                log.Reached(nameof(LimitOptions.ResponseBufferBytes), caller);
                throw new RequestRejectedException(LimitErrors.Busy());
            }

            _segments.Enqueue(_last = ArrayPool<byte>.Shared.Rent(SegmentBytes));
            _lastBytes = 0;
        }

        private void ReleaseSegment()
        {
            ArrayPool<byte>.Shared.Return(_segments.Dequeue());
            buffers.Release(caller, SegmentBytes);
        }

        private void ReleaseScratch()
        {
            if (_scratch.Length > 0)
                ArrayPool<byte>.Shared.Return(_scratch);

            _scratch = [];
        }
    }
}

internal static class BufferedResponsesMetadata
{
    /// <summary>Buffers the response, for which the server may be too busy.</summary>
    public static TBuilder WithBufferedResponse<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new BufferedResponses.LargeResponse()).ProducesErrors(LimitErrors.Busy());
}
