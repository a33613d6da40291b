using CleanMessaging.Client;
using CleanMessaging.WebClient.Attachments;
using CleanMessaging.WebClient.Browser;
using CleanMessaging.WebClient.Voice;

namespace CleanMessaging.WebClient.SignedIn;

/// <summary>The services and data of the signed-in user. It is disposed when the user signs out.</summary>
public sealed class SignedInUser : IAsyncDisposable
{
    /// <summary>How long this tab waits for another tab to send its message, before it takes the message over.</summary>
    private static readonly TimeSpan _otherTabSends = TimeSpan.FromSeconds(3);

    /// <summary>How long logging out waits for the removal of files, which the server otherwise does within a day.</summary>
    private static readonly TimeSpan _removalTimeout = TimeSpan.FromSeconds(3);

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
        Trays = new AttachmentTrays(session.Client.Attachments);
        Pictures = new PictureStore(session.Client.Attachments, clock);
        Avatars = new PictureStore(session.Client.Attachments, clock);
        Links = new LinkStore(session.Client);
        PlayedReports = new PlayedReports(session, clock);
        Trays.ReadyChanged += KeepFiles;
        Drafts.Replaced += FollowFiles;
        session.IsInForeground = page.IsVisible;
        page.VisibilityChanged += FollowVisibility;
        page.Stored += FollowOtherTabs;
        page.CameBack += TakeOver;
    }

    public User User => Session.User;

    public MessagingSession Session { get; }

    public Drafts Drafts { get; }

    public Payments Payments { get; }

    /// <summary>Records voice messages for the drafts.</summary>
    public VoiceRecorder Recorder { get; } = new();

    internal PictureStore Pictures { get; }

    /// <summary>The pictures of users, which stay when a conversation is closed.</summary>
    internal PictureStore Avatars { get; }

    internal LinkStore Links { get; }

    private PlayedReports PlayedReports { get; }

    private AttachmentTrays Trays { get; }

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

    /// <summary>Returns the files of a conversation's draft.</summary>
    internal AttachmentTray TrayOf(Guid conversationId) =>
        Trays.Of(conversationId, Drafts.Of(conversationId).Attachments ?? [], Session.Client.ServerTime);

    /// <summary>Creates the player of a conversation's voice messages. The caller disposes it.</summary>
    internal VoicePlayback PlaybackOf(ConversationTimeline timeline) => new(timeline, Session, Links, PlayedReports);

    /// <summary>The number of messages and changes that wait to be sent or were rejected.</summary>
    public int CountUnsent() => _store.Count();

    /// <summary>
    /// Removes the files of drafts and unsent messages from the server, and discards a recording. Call it before <see cref="Forget"/>,
    /// while the user is signed in.
    /// </summary>
    public async Task RemoveUnsentFilesAsync()
    {
        Recorder.Discard();
        var queued = await _store.LoadAsync(User.Id);
        HashSet<Guid> ids =
            [.. Trays.UploadIds, .. Drafts.UploadIds, .. queued.SelectMany(message => message.Attachments).Select(file => file.Id)];
        var removals = ids.Select(id => Session.Client.Attachments.TryRemoveAsync(id)).Append(Trays.ClearAsync());
        await Task.WhenAny(Task.WhenAll(removals), Task.Delay(_removalTimeout, _clock));
    }

    /// <summary>Deletes the user's data from this browser.</summary>
    public void Forget() => LocalStorage.EraseAllOf(User.Id);

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        _page.VisibilityChanged -= FollowVisibility;
        _page.Stored -= FollowOtherTabs;
        _page.CameBack -= TakeOver;
        Payments.Dispose();
        Recorder.Dispose();
        PlayedReports.Dispose();
        Trays.Dispose();
        Pictures.Dispose();
        Avatars.Dispose();
        await Session.DisposeAsync();
    }

    /// <summary>Stores which files of a draft are uploaded. The text is stored while it is written.</summary>
    private void KeepFiles(Guid conversationId)
    {
        var ready = TrayOf(conversationId).Ready;
        Drafts.Keep(conversationId, Drafts.Of(conversationId) with { Attachments = ready.Count > 0 ? ready : null });
    }

    /// <summary>Follows another tab that has changed or sent a draft with files.</summary>
    private void FollowFiles(Guid conversationId) => Trays.Find(conversationId)?.Follow(Drafts.Of(conversationId).Attachments ?? []);

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
