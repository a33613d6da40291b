using System.Diagnostics;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Infrastructure.Persistence.Conversations;

/// <summary>
/// Batches concurrent joins into one statement. On an idle server a join is read at once. Otherwise a statement begins at most every 25 ms,
/// or as soon as 100 joins wait, so that thousands of clients that join, or that verify that they have missed nothing, cost a few dozen
/// statements a second.
/// </summary>
/// <param name="read">Reads conversations as these viewers see them.</param>
internal sealed class JoinBatcher(Func<IReadOnlyList<UserId>, IReadOnlyList<ConversationId>, Task<JoinedViews>> read)
{
    /// <summary>The maximum number of joins that one statement reads.</summary>
    public const int BatchMax = 100;

    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(25);

    private readonly Lock _gate = new();
    private readonly Queue<Join> _waiting = [];
    private TaskCompletionSource? _full;
    private bool _isRunning;

    /// <summary>
    /// Reads a conversation with a statement that begins after this call. Returns null if the viewer is not a participant.
    /// </summary>
    /// <exception cref="OperationCanceledException">The wait was canceled. A join that no batch has taken yet is then not read.</exception>
    public Task<JoinedView?> ReadAsync(UserId viewerId, ConversationId conversationId, CancellationToken cancellationToken)
    {
        var join = new Join(viewerId, conversationId, cancellationToken);
        lock (_gate)
        {
            _waiting.Enqueue(join);
            if (_waiting.Count >= BatchMax)
                _full?.TrySetResult();
            if (_isRunning)
                return join.Result.Task.WaitAsync(cancellationToken);

            _isRunning = true;
        }

        // A batch belongs to no request: it runs outside the execution context of the one that started it.
        ThreadPool.UnsafeQueueUserWorkItem(_ => _ = RunAsync(), null);

        return join.Result.Task.WaitAsync(cancellationToken);
    }

    private async Task RunAsync()
    {
        while (Next() is { Count: > 0 } joins)
        {
            var began = Stopwatch.GetTimestamp();
            await ReadAsync(joins);
            await PauseAsync(_interval - Stopwatch.GetElapsedTime(began));
        }
    }

    private List<Join> Next()
    {
        var joins = new List<Join>();
        lock (_gate)
        {
            _full = null;
            while (joins.Count < BatchMax && _waiting.TryDequeue(out var join))
            {
                if (!join.CancellationToken.IsCancellationRequested)
                    joins.Add(join);
            }

            _isRunning = joins.Count > 0;
        }

        return joins;
    }

    /// <summary>Never fails: each join completes with its result or with the failure of the statement.</summary>
    private async Task ReadAsync(List<Join> joins)
    {
        try
        {
            var (views, at) = await read(
                [.. joins.Select(join => join.ViewerId).Distinct()], [.. joins.Select(join => join.ConversationId).Distinct()]);
            var found = views.ToDictionary(view => (view.ViewerId, new ConversationId(view.Conversation.Id)), view => view.Conversation);
            foreach (var join in joins)
            {
                var conversation = found.GetValueOrDefault((join.ViewerId, join.ConversationId));
                join.Result.TrySetResult(conversation is null ? null : new JoinedView(conversation, at));
            }
        }
        catch (Exception failure)
        {
            foreach (var join in joins)
                join.Result.TrySetException(failure);
        }
    }

    private async Task PauseAsync(TimeSpan atMost)
    {
        Task full;
        lock (_gate)
        {
            if (_waiting.Count >= BatchMax || atMost <= TimeSpan.Zero)
                return;

            _full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            full = _full.Task;
        }

        await Task.WhenAny(full, Task.Delay(atMost));
    }

    private sealed record Join(UserId ViewerId, ConversationId ConversationId, CancellationToken CancellationToken)
    {
        public TaskCompletionSource<JoinedView?> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <param name="At">The instant at which messages counted as visible.</param>
internal sealed record JoinedViews(IReadOnlyList<ConversationView> Views, DateTimeOffset At);
