using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Messages;

/// <content>The jumps to messages that may not be loaded.</content>
public sealed partial class MessageLog
{
    /// <summary>Scrolls to the end after the user has sent a message; while offline, only if the newest messages are loaded.</summary>
    public Task FollowSentAsync()
    {
        _tracker.RemoveDivider();
        if (Timeline.HasLater && !Me.IsConnected)
            return Task.CompletedTask;

        return GoToEndAsync();
    }

    /// <summary>Loads a message if necessary, and points it out, also before the conversation is loaded.</summary>
    public async Task ShowMessageAsync(long sequence)
    {
        try
        {
            await Timeline.WaitUntilLoadedAsync();
            await JumpToAsync(sequence);
        }
        catch (Exception exception) when (exception is MessagingException or OperationCanceledException)
        {
            // The conversation cannot be read, which the page shows, or was closed first.
        }
        finally
        {
            _isStartDelayed = false;
            ShowSoon();
        }
    }

    private async Task GoToEndAsync()
    {
        if (await _actions.TryLoadNewestAsync() && !_isDisposed)
            GoTo(LogPlace.End);
    }

    private async Task ShowUnreadAsync()
    {
        if (_tracker.KnowsFirst || (await _actions.TryLoadFirstUnreadAsync() && !_isDisposed))
            GoTo(LogPlace.FirstUnread);
    }

    /// <summary>Loads a message if necessary, and points it out. The button "Go to the newest message" leads back.</summary>
    private async Task JumpToAsync(long sequence)
    {
        if (!await _actions.TryLoadAroundAsync(sequence) || _isDisposed)
            return;

        _isStartDelayed = false;
        _rows.WantedSequence = sequence;
        GoTo(LogPlace.Message);
    }

    private async Task MarkAllReadAsync()
    {
        if (!await _actions.TryLoadNewestAsync() || _isDisposed)
            return;

        if (Timeline.Messages is [.., var newest])
            await _actions.MarkReadAsync(newest);
        GoTo(LogPlace.End);
    }
}
