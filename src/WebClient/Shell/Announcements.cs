namespace CleanMessaging.WebClient.Shell;

/// <summary>Publishes announcements for screen readers, and notices and warnings that all users see.</summary>
internal sealed class Announcements(TimeProvider clock)
{
    /// <summary>
    /// How long an announcement stays in the page: long enough to be read out. It is then removed, because an announced message can expire.
    /// </summary>
    private static readonly TimeSpan _heard = TimeSpan.FromSeconds(10);

    /// <summary>How long a notice stays in the page: long enough to be found with the keyboard.</summary>
    private static readonly TimeSpan _noticed = TimeSpan.FromSeconds(20);

    private WarningCause _cause;

    /// <summary>Raised when one of the texts has changed.</summary>
    public event Action? Changed;

    /// <summary>The text for screen readers. Sighted users see the same information elsewhere.</summary>
    public string Said { get; private set; } = "";

    /// <summary>The number of announcements, so that the same text can be announced again.</summary>
    public int Count { get; private set; }

    /// <summary>The current notice; null when there is none.</summary>
    public Notice? Notice { get; private set; }

    /// <summary>The current warning, until it is dismissed or resolved; null when there is none.</summary>
    public string? Warning { get; private set; }

    public void Say(string text)
    {
        Said = text;
        Count++;
        Changed?.Invoke();
        _ = ForgetAsync(Count);
    }

    /// <summary>Shows a notice in place of an earlier one.</summary>
    /// <param name="undo">Undoes what the text says; null if that is not possible.</param>
    public void Show(string text, Func<Task>? undo = null)
    {
        Notice = new Notice(text, undo);
        Changed?.Invoke();
        _ = HideAsync(Notice);
    }

    /// <summary>Removes the notice.</summary>
    public void Hide()
    {
        Notice = null;
        Changed?.Invoke();
    }

    public void Warn(string? text, WarningCause cause = WarningCause.Other)
    {
        (Warning, _cause) = (text, cause);
        Changed?.Invoke();
    }

    /// <summary>Removes a warning about an action that was not done, because an action has succeeded.</summary>
    public void ResolveActionWarning()
    {
        if (_cause is WarningCause.Action or WarningCause.Connection)
            Warn(null);
    }

    /// <summary>Removes a warning about an action that was not done without a connection, because there is one.</summary>
    public void ResolveConnectionWarning()
    {
        if (_cause is WarningCause.Connection)
            Warn(null);
    }

    private async Task ForgetAsync(int count)
    {
        await Task.Delay(_heard, clock);
        if (count != Count)
            return;

        Said = "";
        Changed?.Invoke();
    }

    private async Task HideAsync(Notice notice)
    {
        do
            await Task.Delay(_noticed, clock);
        while (notice.IsInUse && notice == Notice);

        if (notice == Notice)
            Hide();
    }
}
