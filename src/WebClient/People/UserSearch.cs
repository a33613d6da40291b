using CleanMessaging.Client;
using CleanMessaging.WebClient.Errors;

namespace CleanMessaging.WebClient.People;

/// <summary>Searches for users while the user types. A newer search replaces an older one.</summary>
public sealed class UserSearch(UsersClient users, int pageSize, TimeProvider clock) : IDisposable
{
    /// <summary>The minimum search length of the server.</summary>
    private const int TextMinLength = 2;

    private static readonly TimeSpan _typingPause = TimeSpan.FromMilliseconds(250);

    private CancellationTokenSource _searching = new();
    private Result? _result;
    private Result? _extended;

    /// <summary>The typed text; empty for all users.</summary>
    public string Text { get; private set; } = "";

    /// <summary>The text that <see cref="Found"/> is the result of. It can differ from <see cref="Text"/> while a search runs.</summary>
    public string FoundText => _result?.Text ?? "";

    /// <summary>The found users; null until the first response.</summary>
    public IReadOnlyList<FoundUser>? Found => _result?.Users;

    public bool HasMore => _result?.Cursor is not null;

    /// <summary>Whether the next page of <see cref="Found"/> is being loaded.</summary>
    public bool IsLoadingMore => _result is not null && ReferenceEquals(_extended, _result);

    /// <summary>The error text of the last search; null when it succeeded.</summary>
    public string? Error { get; private set; }

    public Task BeginAsync() => SearchAsync(TimeSpan.Zero);

    public Task ChangeAsync(string? text)
    {
        Text = (text ?? "").Trim();

        return SearchAsync(_typingPause);
    }

    /// <summary>Loads the next page of <see cref="Found"/>. Does nothing when a load is running, or when there is no next page.</summary>
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
            // Another search has started in the meantime.
        }
        catch (MessagingException rejection)
        {
            if (ReferenceEquals(_result, shown))
                Error = Explanation.Of(rejection);
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
                // The previous result stays.
                Error = "Type at least 2 characters.";
                return;
            }

            var page = await FindAsync(text, null, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            Show(new Result(text, page.Items, page.NextCursor));
        }
        catch (OperationCanceledException)
        {
            // The user has continued typing.
        }
        catch (MessagingException rejection)
        {
            if (!cancellationToken.IsCancellationRequested)
                (_result, Error) = (null, Explanation.Of(rejection));
        }
    }

    private void Show(Result result) => (_result, Error) = (result, null);

    private Task<Page<FoundUser>> FindAsync(string text, string? cursor, CancellationToken cancellationToken) =>
        users.FindAsync(text.Length == 0 ? null : text, cursor, pageSize, cancellationToken);

    /// <param name="Cursor">The cursor of the next page, valid for this search only; null when there is none.</param>
    private sealed record Result(string Text, IReadOnlyList<FoundUser> Users, string? Cursor);
}
