using System.Runtime.InteropServices.JavaScript;
using CleanMessaging.WebClient.Browser;

namespace CleanMessaging.WebClient.Messages;

/// <summary>A user's drafts, one for each conversation, the same in all tabs. They outlive a reload.</summary>
public sealed class Drafts(Guid userId)
{
    private readonly Dictionary<Guid, Draft> _drafts = [];

    /// <summary>Raised when there is a draft where there was none, or the other way round, and when another tab has changed one.</summary>
    public event Action? Changed;

    /// <summary>Raised with the conversation whose draft another tab has changed.</summary>
    internal event Action<Guid>? Replaced;

    /// <summary>What was begun, for the list of conversations; null when nothing was.</summary>
    public string? TextOf(Guid conversationId) => Of(conversationId).Text is { Length: > 0 } text ? text : null;

    internal Draft Of(Guid conversationId)
    {
        if (!_drafts.TryGetValue(conversationId, out var draft))
            _drafts[conversationId] = draft = LocalStorage.Read(NameOf(conversationId), StoredJson.Default.Draft) ?? Draft.Empty;

        return draft;
    }

    internal void Keep(Guid conversationId, Draft draft)
    {
        var before = Of(conversationId);
        _drafts[conversationId] = draft;
        Store(NameOf(conversationId), draft);
        if (before.Text.Length == 0 != (draft.Text.Length == 0))
            Changed?.Invoke();
    }

    /// <summary>Takes what another tab has written or sent in place of what was here.</summary>
    /// <param name="key">Of what it has stored or erased, whatever that is.</param>
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
            // The storage is full. It is still on the screen, and sending it says what is wrong.
        }
    }

    private string NamesBegin => LocalStorage.Of(userId, "draft:");

    private string NameOf(Guid conversationId) => $"{NamesBegin}{conversationId}";
}
