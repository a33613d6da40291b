using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;
using CleanMessaging.WebClient.Messages;
using CleanMessaging.WebClient.Quotas;

namespace CleanMessaging.WebClient.Accounts;

/// <summary>All that belongs to the user who is signed in. It goes with them.</summary>
public sealed class SignedInUser : IAsyncDisposable
{
    private SignedInUser(MessagingSession session)
    {
        Session = session;
        Drafts = new Drafts(session.User.Id);
        Payments = new Payments(session);
        session.Changed += Note;
    }

    public User User => Session.User;

    public MessagingSession Session { get; }

    public Drafts Drafts { get; }

    public Payments Payments { get; }

    /// <summary>Whether the list of conversations was read; until then an empty one says nothing.</summary>
    public bool HasList { get; private set; }

    /// <summary>Messages of others that the user has not read.</summary>
    public int UnreadCount => Session.Conversations.Sum(conversation => conversation.UnreadCount);

    public static async Task<SignedInUser> OpenAsync(MessagingClient client, User user) =>
        new(await MessagingSession.OpenAsync(client, new LocalOutboxStore(user.Id)));

    /// <summary>How many messages wait to be sent, or were refused.</summary>
    public int CountUnsent() => new LocalOutboxStore(User.Id).Count();

    /// <summary>Leaves nothing of the user's in this browser.</summary>
    public void Forget() => LocalStorage.EraseAllOf(User.Id);

    public async ValueTask DisposeAsync()
    {
        Session.Changed -= Note;
        Payments.Dispose();
        await Session.DisposeAsync();
    }

    private void Note(SessionChange change) => HasList |= change is ConversationsListed;
}
