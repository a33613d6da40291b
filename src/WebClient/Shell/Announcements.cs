namespace CleanMessaging.WebClient.Shell;

/// <summary>Publishes announcements for screen readers, and warnings that all users see.</summary>
internal sealed class Announcements(TimeProvider clock)
{
    /// <summary>
    /// How long an announcement stays in the page: long enough to be read out. It is then removed, because an announced message can expire.
    /// </summary>
    private static readonly TimeSpan _heard = TimeSpan.FromSeconds(10);

    /// <summary>Raised when either text has changed.</summary>
    public event Action? Changed;

    /// <summary>The text for screen readers. Sighted users see the same information elsewhere.</summary>
    public string Said { get; private set; } = "";

    /// <summary>The number of announcements, so that the same text can be announced again.</summary>
    public int Count { get; private set; }

    /// <summary>The current warning, until it is dismissed; null when there is none.</summary>
    public string? Warning { get; private set; }

    public void Say(string text)
    {
        Said = text;
        Count++;
        Changed?.Invoke();
        _ = ForgetAsync(Count);
    }

    public void Warn(string? text)
    {
        Warning = text;
        Changed?.Invoke();
    }

    private async Task ForgetAsync(int count)
    {
        await Task.Delay(_heard, clock);
        if (count != Count)
            return;

        Said = "";
        Changed?.Invoke();
    }
}
