using System.Runtime.InteropServices.JavaScript;
using CleanMessaging.WebClient.Attachments;
using CleanMessaging.WebClient.Browser;

namespace CleanMessaging.WebClient.SignedIn;

/// <summary>Stores a user's drafts, one for each conversation. They are shared by all tabs and survive a reload.</summary>
public sealed class Drafts(Guid userId)
{
    private readonly Dictionary<Guid, Draft> _drafts = [];

    /// <summary>Raised when a draft was created or removed, and when another tab has changed one.</summary>
    public event Action? Changed;

    /// <summary>Raised with the conversation whose draft another tab has changed.</summary>
    internal event Action<Guid>? Replaced;

    /// <summary>Returns the text of a draft, or what it consists of, for the list of conversations; null when there is none.</summary>
    public string? TextOf(Guid conversationId)
    {
        var draft = Of(conversationId);
        var text = AttachmentText.Of(draft.Text, [.. (draft.Attachments ?? []).Select(file => file.Attachment)]);

        return text.Length > 0 ? text : null;
    }

    /// <summary>The uploaded files of all drafts.</summary>
    internal IEnumerable<Guid> UploadIds =>
        from name in LocalStorage.NamesWith(NamesBegin)
        from file in LocalStorage.Read(name, StoredJson.Default.Draft)?.Attachments ?? []
        select file.UploadId;

    internal Draft Of(Guid conversationId)
    {
        if (!_drafts.TryGetValue(conversationId, out var draft))
            _drafts[conversationId] = draft = LocalStorage.Read(NameOf(conversationId), StoredJson.Default.Draft) ?? Draft.Empty;

        return draft;
    }

    internal void Keep(Guid conversationId, Draft draft)
    {
        var before = TextOf(conversationId);
        _drafts[conversationId] = draft;
        Store(NameOf(conversationId), draft);
        if ((before is null) != (TextOf(conversationId) is null))
            Changed?.Invoke();
    }

    /// <summary>Reloads a draft that another tab has changed or sent.</summary>
    /// <param name="key">The storage key that the other tab has written or erased. Keys of other data are ignored.</param>
    internal void Follow(string key)
    {
        var beginning = LocalStorage.KeyOf(NamesBegin);
        if (!key.StartsWith(beginning, StringComparison.Ordinal) || !Guid.TryParse(key[beginning.Length..], out var conversationId))
            return;

        _drafts.Remove(conversationId);
        Replaced?.Invoke(conversationId);
        Changed?.Invoke();
    }

    private static void Store(string name, Draft draft)
    {
        try
        {
            if (draft == Draft.Empty)
                LocalStorage.Erase(name);
            else
                LocalStorage.Write(name, draft, StoredJson.Default.Draft);
        }
        catch (JSException)
        {
            // The storage is full. The text stays on the screen, and sending it shows the error.
        }
    }

    private string NamesBegin => LocalStorage.Of(userId, "draft:");

    private string NameOf(Guid conversationId) => $"{NamesBegin}{conversationId}";
}
