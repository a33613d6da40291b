using CleanMessaging.Client;
using CleanMessaging.WebClient.Errors;

namespace CleanMessaging.WebClient.Search;

/// <summary>
/// Searches messages while the user types. A newer search replaces an older one. The server can stop before a page is full; the finder then
/// goes on until some are found, for a limited number of requests.
/// </summary>
public sealed class MessageFinder(MessagesClient messages, TimeProvider clock) : IDisposable
{
    /// <summary>The maximum number of requests before the user is asked whether to go on.</summary>
    public const int RequestsInARow = 5;

    /// <summary>The number of hits after which the user is asked, because they fill a small screen.</summary>
    public const int EnoughHits = 5;

    public static readonly TimeSpan TypingPause = TimeSpan.FromMilliseconds(300);

    private readonly List<MessageHit> _hits = [];
    private CancellationTokenSource _running = new();
    private string? _cursor;

    /// <summary>Raised when any property has changed.</summary>
    public event Action? Changed;

    /// <summary>The current search.</summary>
    public MessageSearch Search { get; private set; } = new();

    /// <summary>
    /// What was found, newest first, without what has been removed since. It belongs to an earlier search until
    /// <see cref="HasResult"/>.
    /// </summary>
    public IReadOnlyList<MessageHit> Hits => _hits;

    /// <summary>Whether <see cref="Hits"/> are those of the current search.</summary>
    public bool HasResult { get; private set; }

    public bool IsRunning { get; private set; }

    /// <summary>Whether there is something to search for.</summary>
    public bool IsEmpty => Search is { Query: null, HasAttachment: not true };

    /// <summary>The time back to which messages were searched; null before the first response, and when everything was searched.</summary>
    public DateTimeOffset? SearchedBackTo { get; private set; }

    /// <summary>Whether the server stopped because of the time it took, and not because the page was full.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Whether there may be further hits.</summary>
    public bool CanContinue => HasResult && _cursor is not null;

    /// <summary>Why the last request failed; null when it succeeded.</summary>
    public MessagingException? Failure { get; private set; }

    /// <summary>What is wrong with the search; null when it can be sent.</summary>
    public string? Objection { get; private set; }

    /// <summary>Searches after a pause, unless the user continues typing in it. Does nothing if the search is the current one.</summary>
    public Task ChangeAsync(MessageSearch search) => search == Search ? Task.CompletedTask : StartAsync(search, TypingPause);

    /// <summary>Searches again from the beginning, or for the first time without the pause.</summary>
    public Task RestartAsync() => StartAsync(Search, TimeSpan.Zero);

    /// <summary>Searches further back. Does nothing when everything was searched, or while a search runs.</summary>
    public async Task ContinueAsync()
    {
        if (IsRunning || !CanContinue)
            return;

        var cancellationToken = Begin();
        await RunAsync(Search, cancellationToken);
    }

    /// <summary>Repeats what has failed.</summary>
    public Task RetryAsync() => CanContinue ? ContinueAsync() : RestartAsync();

    /// <summary>Applies the current state of a message.</summary>
    public void Update(Message current)
    {
        var index = _hits.FindIndex(hit => hit.Message.Id == current.Id);
        if (index < 0)
            return;

        if (_hits[index].Update(current) is { } hit)
            _hits[index] = hit;
        else
            _hits.RemoveAt(index);
        Changed?.Invoke();
    }

    /// <summary>Removes hits whose messages have expired or were removed.</summary>
    public void Remove(Predicate<Message> isRemoved)
    {
        if (_hits.RemoveAll(hit => isRemoved(hit.Message)) > 0)
            Changed?.Invoke();
    }

    /// <summary>Forgets the search and its result.</summary>
    public void Clear() => _ = StartAsync(new MessageSearch(), TimeSpan.Zero);

    public void Dispose()
    {
        _running.Cancel();
        _running.Dispose();
    }

    private async Task StartAsync(MessageSearch search, TimeSpan pause)
    {
        var cancellationToken = Begin();
        (Search, HasResult, _cursor, SearchedBackTo, IsStopped) = (search, false, null, null, false);
        Objection = ObjectionTo(search);
        if (IsEmpty || Objection is not null)
        {
            _hits.Clear();
            End();
            return;
        }

        Changed?.Invoke();
        try
        {
            await Task.Delay(pause, clock, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The user has continued typing.
            return;
        }

        await RunAsync(search, cancellationToken);
    }

    /// <summary>Cancels what is running.</summary>
    private CancellationToken Begin()
    {
        _running.Cancel();
        _running.Dispose();
        _running = new CancellationTokenSource();
        (IsRunning, Failure, Objection) = (true, null, null);

        return _running.Token;
    }

    private void End()
    {
        IsRunning = false;
        Changed?.Invoke();
    }

    private async Task RunAsync(MessageSearch search, CancellationToken cancellationToken)
    {
        Changed?.Invoke();
        try
        {
            var (found, isStopped) = (0, true);
            for (var requests = 0; requests < RequestsInARow && found < EnoughHits && isStopped; requests++)
            {
                var page = await messages.SearchAsync(search, _cursor, cancellationToken: cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                Add(page);
                (found, isStopped) = (found + page.Hits.Count, !page.IsComplete);
                Changed?.Invoke();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Another search has started.
            return;
        }
        catch (MessagingException rejection)
        {
            if (cancellationToken.IsCancellationRequested)
                return;

            Fail(rejection);
        }

        End();
    }

    /// <summary>Adds a page to the hits.</summary>
    private void Add(MessageSearchPage page)
    {
        if (!HasResult)
            _hits.Clear();
        var known = _hits.Select(hit => hit.Message.Id).ToHashSet();
        _hits.AddRange(page.Hits.Where(hit => known.Add(hit.Message.Id)));
        (HasResult, _cursor, SearchedBackTo, IsStopped) = (true, page.NextCursor, page.SearchedBackTo, !page.IsComplete);
    }

    private void Fail(MessagingException rejection)
    {
        if (!HasResult)
            _hits.Clear();

        // What is wrong with the search is not tried again.
        if (rejection is InvalidRequestException)
            Objection = Explanation.Of(rejection);
        else
            Failure = rejection;
    }

    /// <summary>Returns what the server would reject, so that it is not asked.</summary>
    private static string? ObjectionTo(MessageSearch search) => search switch
    {
        { After: { } after, Before: { } before } when after >= before => Explanation.OfError("search.invalid_range"),
        { Query: { } query } when SearchText.IsTooShort(query) => Explanation.OfError("search.query_too_short"),
        { Query: { } query } when query.EnumerateRunes().Count() > MessagingLimits.QueryLength => Explanation.OfError("search.query_too_long"),
        { Query: { } query } when query.Any(char.IsSurrogate) && !IsWellFormed(query) => Explanation.OfError("search.invalid_text"),
        _ => null,
    };

    private static bool IsWellFormed(string text)
    {
        for (var index = 0; index < text.Length; index++)
        {
            if (char.IsSurrogatePair(text, index))
                index++;
            else if (char.IsSurrogate(text[index]))
                return false;
        }

        return true;
    }
}
