namespace CleanMessaging.WebClient.Shell;

/// <summary>What a screen reader says although the focus is elsewhere, and what everybody has to be told.</summary>
internal sealed class Announcements(TimeProvider clock)
{
    /// <summary>Long enough to be read out. Afterwards it is nowhere: the message that was said may disappear.</summary>
    private static readonly TimeSpan _heard = TimeSpan.FromSeconds(10);

    /// <summary>Raised when either text has changed.</summary>
    public event Action? Changed;

    /// <summary>For screen readers alone; what they say is seen elsewhere.</summary>
    public string Said { get; private set; } = "";

    /// <summary>How often something was said, so that the same words can be said again.</summary>
    public int Count { get; private set; }

    /// <summary>What went wrong, until it is dismissed; null when nothing did.</summary>
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
