namespace CleanMessaging.WebClient.Shell;

/// <summary>A visible text about what was done, with a way to undo it.</summary>
internal sealed class Notice(string text, Func<Task>? undo)
{
    public string Text => text;

    /// <summary>Undoes what the text says; null if that is not possible.</summary>
    public Func<Task>? Undo => undo;

    /// <summary>Whether the focus or the pointer is on the notice, so that it stays.</summary>
    public bool IsInUse { get; set; }
}
