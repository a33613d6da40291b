namespace CleanMessaging.Client;

/// <summary>
/// Changes the user's personal state of conversations, and applies it at once. Other devices, and this one too, receive it as an event.
/// </summary>
internal sealed class PersonalSync(ConversationsClient conversations, MessagesClient messages, OpenConversations open, ListSync list)
{
    /// <summary>Runs a call of the server that returns the new state.</summary>
    public async Task ChangeAsync(Guid conversationId, Func<ConversationsClient, Task<PersonalState>> call)
    {
        var personal = await call(conversations).ConfigureAwait(false);
        Apply(conversationId, personal, hidden: []);
        if (list.Find(conversationId) is { } listed && personal.Revision >= listed.Personal.Revision)
            list.Update(listed with { Personal = personal });

        // The preview and the unread count may have changed too.
        list.RequestPreview(conversationId);
    }

    /// <summary>Hides messages of an open conversation.</summary>
    public async Task HideAsync(Guid conversationId, IReadOnlyList<Message> hidden, CancellationToken cancellationToken)
    {
        var ids = hidden.Select(message => message.Id).ToList();
        await messages.HideAsync(conversationId, ids, cancellationToken).ConfigureAwait(false);
        Apply(conversationId, PersonalState.None, [.. hidden.Select(message => message.Sequence)]);
        list.RequestPreview(conversationId);
    }

    /// <summary>Applies a change. Earlier changes of other devices may be missing, so the personal revision does not move.</summary>
    private void Apply(Guid conversationId, PersonalState personal, IReadOnlyList<long> hidden) =>
        open.Find(conversationId)?.Store.Apply(new PersonalStateReceived(personal, SinceRevision: null, hidden));
}
