namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>The storage of the settings; null without one.</summary>
internal sealed record ConfiguredStorage(IObjectStorage? Storage) : IDisposable
{
    public void Dispose() => (Storage as IDisposable)?.Dispose();
}
