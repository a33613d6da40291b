using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;
using CleanMessaging.WebClient.Messages;
using CleanMessaging.WebClient.Quotas;

namespace CleanMessaging.WebClient.Accounts;

/// <summary>All that belongs to the user who is signed in. It goes with them.</summary>
public sealed class SignedInUser : IAsyncDisposable
{
    private readonly LocalOutboxStore _outbox;
    private readonly Page _page;

    private SignedInUser(MessagingSession session, LocalOutboxStore outbox, Page page)
    {
        _outbox = outbox;
        _page = page;
        Session = session;
        Drafts = new Drafts(session.User.Id);
        Payments = new Payments(session);
        page.Stored += FollowOtherTabs;
    }

    public User User => Session.User;

    public MessagingSession Session { get; }

    public Drafts Drafts { get; }

    public Payments Payments { get; }

    /// <summary>Messages of others that the user has not read.</summary>
    public int UnreadCount => Session.Conversations.Sum(conversation => conversation.UnreadCount);

    public static async Task<SignedInUser> OpenAsync(MessagingClient client, User user, Page page)
    {
        var outbox = new LocalOutboxStore(user.Id);

        return new SignedInUser(await MessagingSession.OpenAsync(client, outbox), outbox, page);
    }

    /// <summary>How many messages wait to be sent, or were refused.</summary>
    public int CountUnsent() => _outbox.Count();

    /// <summary>Leaves nothing of the user's in this browser.</summary>
    public void Forget() => LocalStorage.EraseAllOf(User.Id);

    public async ValueTask DisposeAsync()
    {
        _page.Stored -= FollowOtherTabs;
        Payments.Dispose();
        await Session.DisposeAsync();
    }

    /// <summary>What another tab has sent or given up is not sent from here, whether it waits or is a draft.</summary>
    private void FollowOtherTabs(string key)
    {
        Drafts.Follow(key);
        if (_outbox.GoneFrom(key) is { } clientMessageId)
            _ = Session.DiscardAsync(clientMessageId);
    }
}
