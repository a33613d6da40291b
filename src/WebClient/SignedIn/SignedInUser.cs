using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;

namespace CleanMessaging.WebClient.SignedIn;

/// <summary>The services and data of the signed-in user. It is disposed when the user signs out.</summary>
public sealed class SignedInUser : IAsyncDisposable
{
    /// <summary>How long this tab waits for another tab to send its message, before it takes the message over.</summary>
    private static readonly TimeSpan _otherTabSends = TimeSpan.FromSeconds(3);

    private readonly LocalSendQueueStore _store;
    private readonly Page _page;
    private readonly TimeProvider _clock;
    private bool _isDisposed;

    private SignedInUser(MessagingSession session, LocalSendQueueStore store, Page page, TimeProvider clock)
    {
        _store = store;
        _page = page;
        _clock = clock;
        Session = session;
        Drafts = new Drafts(session.User.Id);
        Payments = new Payments(session);
        session.IsInForeground = page.IsVisible;
        page.VisibilityChanged += FollowVisibility;
        page.Stored += FollowOtherTabs;
        page.CameBack += TakeOver;
    }

    public User User => Session.User;

    public MessagingSession Session { get; }

    public Drafts Drafts { get; }

    public Payments Payments { get; }

    /// <summary>Whether the server can be reached, live or by polling.</summary>
    public bool IsConnected => _page.IsOnline && Session.Connection is (ConnectionState.Online or ConnectionState.Polling);

    /// <summary>The number of unread messages.</summary>
    public int UnreadCount =>
        Session.UnreadTotals?.Messages
        ?? Session.Conversations.Where(conversation => !conversation.Personal.Archived).Sum(conversation => conversation.UnreadCount);

    public static async Task<SignedInUser> OpenAsync(MessagingClient client, User user, Page page, TimeProvider clock)
    {
        var store = new LocalSendQueueStore(user.Id);
        var options = new MessagingSessionOptions { HasNetwork = () => page.IsOnline };

        return new SignedInUser(await MessagingSession.OpenAsync(client, store, options), store, page, clock);
    }

    /// <summary>The number of messages and changes that wait to be sent or were rejected.</summary>
    public int CountUnsent() => _store.Count();

    /// <summary>Deletes the user's data from this browser.</summary>
    public void Forget() => LocalStorage.EraseAllOf(User.Id);

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        _page.VisibilityChanged -= FollowVisibility;
        _page.Stored -= FollowOtherTabs;
        _page.CameBack -= TakeOver;
        Payments.Dispose();
        await Session.DisposeAsync();
    }

    /// <summary>While the page is visible, the session reconnects more often.</summary>
    private void FollowVisibility() => Session.IsInForeground = _page.IsVisible;

    /// <summary>
    /// Discards messages that another tab has sent or discarded. Takes over messages that another tab has not sent, as it may be closed.
    /// </summary>
    private void FollowOtherTabs(string key)
    {
        Drafts.Follow(key);
        if (_store.IdOf(key) is not { } clientMessageId)
            return;

        if (_store.Has(clientMessageId))
            _ = TakeOverUnlessSentAsync(clientMessageId);
        else
            _ = Session.DiscardAsync(clientMessageId);
    }

    private async Task TakeOverUnlessSentAsync(Guid clientMessageId)
    {
        await Task.Delay(_otherTabSends, _clock);
        if (!_isDisposed && _store.Has(clientMessageId))
            TakeOver();
    }

    private void TakeOver() => _ = Session.TakeOverAsync();
}
