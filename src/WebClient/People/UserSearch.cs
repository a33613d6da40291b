using CleanMessaging.Client;
using CleanMessaging.WebClient.Errors;

namespace CleanMessaging.WebClient.People;

/// <summary>Finds users while somebody types. Of searches that follow each other, the last one counts.</summary>
public sealed class UserSearch(UsersClient users, int pageSize, TimeProvider clock) : IDisposable
{
    /// <summary>The server searches for no less.</summary>
    private const int TextMinLength = 2;

    private static readonly TimeSpan _typingPause = TimeSpan.FromMilliseconds(250);

    private CancellationTokenSource _searching = new();
    private Result? _result;
    private Result? _extended;

    /// <summary>What is typed; empty for everybody.</summary>
    public string Text { get; private set; } = "";

    /// <summary>What was searched for to find <see cref="Found"/>, which may be behind <see cref="Text"/>.</summary>
    public string FoundText => _result?.Text ?? "";

    /// <summary>Null until the first answer.</summary>
    public IReadOnlyList<FoundUser>? Found => _result?.Users;

    public bool HasMore => _result?.Cursor is not null;

    /// <summary>Whether more of <see cref="Found"/> is under way.</summary>
    public bool IsLoadingMore => _result is not null && ReferenceEquals(_extended, _result);

    /// <summary>Why the last search failed; null when it did not.</summary>
    public string? Fault { get; private set; }

    public Task BeginAsync() => SearchAsync(TimeSpan.Zero);

    public Task ChangeAsync(string? text)
    {
        Text = (text ?? "").Trim();

        return SearchAsync(_typingPause);
    }

    /// <summary>Adds what follows on <see cref="Found"/>. Does nothing when that is under way, or when nothing follows.</summary>
    public async Task LoadMoreAsync()
    {
        if (IsLoadingMore || _result is not { Cursor: { } cursor } shown)
            return;

        _extended = shown;
        try
        {
            var page = await FindAsync(shown.Text, cursor, _searching.Token);
            if (ReferenceEquals(_result, shown))
                Show(new Result(shown.Text, [.. shown.Users, .. page.Items], page.NextCursor));
        }
        catch (OperationCanceledException)
        {
            // Something else is searched for by now.
        }
        catch (MessagingException rejection)
        {
            if (ReferenceEquals(_result, shown))
                Fault = Explanation.Of(rejection);
        }
        finally
        {
            if (ReferenceEquals(_extended, shown))
                _extended = null;
        }
    }

    public void Dispose()
    {
        _searching.Cancel();
        _searching.Dispose();
    }

    private async Task SearchAsync(TimeSpan pause)
    {
        await _searching.CancelAsync();
        _searching.Dispose();
        _searching = new CancellationTokenSource();
        var (text, cancellationToken) = (Text, _searching.Token);
        try
        {
            await Task.Delay(pause, clock, cancellationToken);
            if (text.Length > 0 && text.EnumerateRunes().Count() < TextMinLength)
            {
                // What was found before stays.
                Fault = "Type at least 2 characters.";
                return;
            }

            var page = await FindAsync(text, null, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            Show(new Result(text, page.Items, page.NextCursor));
        }
        catch (OperationCanceledException)
        {
            // The user has typed on.
        }
        catch (MessagingException rejection)
        {
            if (!cancellationToken.IsCancellationRequested)
                (_result, Fault) = (null, Explanation.Of(rejection));
        }
    }

    private void Show(Result result) => (_result, Fault) = (result, null);

    private Task<Page<FoundUser>> FindAsync(string text, string? cursor, CancellationToken cancellationToken) =>
        users.FindAsync(text.Length == 0 ? null : text, cursor, pageSize, cancellationToken);

    /// <param name="Cursor">Where this search goes on, and no other; null when there is no more.</param>
    private sealed record Result(string Text, IReadOnlyList<FoundUser> Users, string? Cursor);
}
