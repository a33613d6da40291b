using System.Runtime.InteropServices.JavaScript;
using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;

namespace CleanMessaging.WebClient.SignedIn;

/// <summary>
/// Makes sure that no message costs more points than its sender has agreed to pay. The user agrees to a price, which is valid until the
/// free messages are reset; a higher price needs a new confirmation. Without a confirmation, messages are sent for free or not at all. A
/// question does not change while it is shown.
/// </summary>
public sealed class Payments : IDisposable
{
    private const string ConsentRequired = "payment.consent_required";

    private readonly MessagingSession _session;
    private readonly string _name;
    private readonly List<QueuedMessage> _waiting = [];
    private readonly HashSet<Guid> _underWay = [];

    public Payments(MessagingSession session)
    {
        _session = session;
        _name = LocalStorage.Of(session.User.Id, "agreed-price");
        session.Changed += Follow;
    }

    /// <summary>Raised when <see cref="Question"/> has changed.</summary>
    public event Action? Changed;

    /// <summary>The question for the user; null when there is none.</summary>
    public PriceQuestion? Question { get; private set; }

    /// <summary>The highest price that a message may have now, in points.</summary>
    public long MaxPoints => Agreed is { } agreed && _session.Client.ServerTime < agreed.Until ? agreed.Points : 0;

    private AgreedPrice? Agreed => LocalStorage.Read(_name, StoredJson.Default.AgreedPrice);

    /// <summary>
    /// Agrees to the shown price. Sends the waiting messages, and later ones until the free messages are reset, for at most that price. For
    /// a higher price, the user is asked again.
    /// </summary>
    /// <param name="read">The question that the user has answered. The call does nothing when the question is no longer current.</param>
    public async Task AgreeAsync(PriceQuestion read)
    {
        if (Question != read)
            return;

        Keep(read);
        await AnswerAsync(read.Price);
    }

    /// <summary>Declines the price. The waiting messages stay unsent.</summary>
    public Task DeclineAsync() => AnswerAsync(null);

    /// <summary>
    /// Sends a rejected message again for at most the agreed price. If that is too low, the server returns the current price.
    /// </summary>
    public Task RetryAsync(QueuedMessage rejected) => _session.RetryAsync(rejected.ClientMessageId, MaxPoints);

    public void Dispose() => _session.Changed -= Follow;

    private void Follow(SessionChange change)
    {
        if (change is not SendQueueChanged { Message: var message, State: var state })
            return;

        // A message that was rejected before the page load, or in another tab, waits until the user retries it.
        var wasUnderWay = _underWay.Remove(message.ClientMessageId);
        if (state == QueuedMessageState.Waiting)
            _underWay.Add(message.ClientMessageId);
        if (state != QueuedMessageState.Failed || message.Failure is not { Code: ConsentRequired } failure)
            RemoveFromQuestion(message);
        else if (wasUnderWay && failure.Price <= MaxPoints)
            _ = _session.RetryAsync(message.ClientMessageId, MaxPoints);
        else if (wasUnderWay)
            Ask(message, failure);
    }

    private void Ask(QueuedMessage rejected, SendFailure failure)
    {
        _waiting.Add(rejected);
        if (Question is null)
            Put(new PriceQuestion(failure.Price ?? 0, failure.Balance ?? 0, failure.ResetsAt));
    }

    /// <summary>Removes a message from the question that was sent or discarded, for example in another tab.</summary>
    private void RemoveFromQuestion(QueuedMessage message)
    {
        var wasWaiting = _waiting.RemoveAll(waiting => waiting.ClientMessageId == message.ClientMessageId) > 0;
        if (wasWaiting && _waiting.Count == 0)
            Put(null);
    }

    private void Put(PriceQuestion? question)
    {
        Question = question;
        Changed?.Invoke();
    }

    private async Task AnswerAsync(long? price)
    {
        var waiting = _waiting.OrderBy(rejected => rejected.QueuedAt).ToList();
        _waiting.Clear();
        Put(null);
        if (price is null)
            return;

        foreach (var rejected in waiting)
            await _session.RetryAsync(rejected.ClientMessageId, price);
    }

    private void Keep(PriceQuestion question)
    {
        if (question.ResetsAt is not { } until)
            return;

        try
        {
            LocalStorage.Write(_name, new AgreedPrice(question.Price, until), StoredJson.Default.AgreedPrice);
        }
        catch (JSException)
        {
            // The storage is full: the agreement applies to the waiting messages only, and the user is asked again later.
        }
    }
}
