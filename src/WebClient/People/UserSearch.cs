using CleanMessaging.Client;
using CleanMessaging.WebClient.Refusals;

namespace CleanMessaging.WebClient.People;

/// <summary>Finds users while somebody types. Of searches that follow each other, the last one counts.</summary>
public sealed class UserSearch(UsersClient users, int pageSize, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan _typingPause = TimeSpan.FromMilliseconds(250);

    private CancellationTokenSource _searching = new();
    private string? _cursor;

    /// <summary>What is searched for; empty for everybody.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Null until the first answer.</summary>
    public IReadOnlyList<FoundUser>? Found { get; private set; }

    public bool HasMore => _cursor is not null;

    /// <summary>Why the last search failed; null when it did not.</summary>
    public string? Fault { get; private set; }

    public Task BeginAsync() => SearchAsync(TimeSpan.Zero);

    public Task ChangeAsync(string? text)
    {
        Text = (text ?? "").Trim();

        return SearchAsync(_typingPause);
    }

    public async Task LoadMoreAsync()
    {
        try
        {
            var page = await FindAsync(_cursor, _searching.Token);
            (Found, _cursor, Fault) = ([.. Found ?? [], .. page.Items], page.NextCursor, null);
        }
        catch (OperationCanceledException)
        {
            // Something else is searched for by now.
        }
        catch (MessagingException refusal)
        {
            Fault = Explanation.Of(refusal);
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
        var cancellationToken = _searching.Token;
        try
        {
            await Task.Delay(pause, clock, cancellationToken);
            var page = await FindAsync(null, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            (Found, _cursor, Fault) = (page.Items, page.NextCursor, null);
        }
        catch (OperationCanceledException)
        {
            // The user has typed on.
        }
        catch (MessagingException refusal)
        {
            (Found, _cursor, Fault) = (null, null, Explanation.Of(refusal));
        }
    }

    private Task<Page<FoundUser>> FindAsync(string? cursor, CancellationToken cancellationToken) =>
        users.FindAsync(Text.Length == 0 ? null : Text, cursor, pageSize, cancellationToken);
}
