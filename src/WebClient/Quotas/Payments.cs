using System.Runtime.InteropServices.JavaScript;
using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;

namespace CleanMessaging.WebClient.Quotas;

/// <summary>
/// Sees to it that no message costs points that its sender has not agreed to pay. Agreed to is a price, until the free messages return;
/// a dearer message is asked about again. Until then everything is sent for nothing or not at all. What is asked does not change while the
/// user reads it.
/// </summary>
public sealed class Payments : IDisposable
{
    private const string ConsentRequired = "payment.consent_required";

    private readonly MessagingSession _session;
    private readonly string _name;
    private readonly List<OutboxMessage> _waiting = [];
    private readonly HashSet<Guid> _underWay = [];

    public Payments(MessagingSession session)
    {
        _session = session;
        _name = LocalStorage.Of(session.User.Id, "agreed-price");
        session.Changed += Follow;
    }

    /// <summary>Raised when <see cref="Question"/> has changed.</summary>
    public event Action? Changed;

    /// <summary>What the user is to be asked; null when nothing is.</summary>
    public PriceQuestion? Question { get; private set; }

    /// <summary>The most that a message may cost now, in points.</summary>
    public long MaxPoints => Agreed is { } agreed && _session.Client.ServerTime < agreed.Until ? agreed.Points : 0;

    private AgreedPrice? Agreed => LocalStorage.Read(_name, StoredJson.Default.AgreedPrice);

    /// <summary>
    /// Sends what has waited for it, and what comes until the free messages return, at the price that the user has read; what is dearer by
    /// then is asked about anew.
    /// </summary>
    /// <param name="read">What was answered; does nothing when that is no longer asked.</param>
    public async Task AgreeAsync(PriceQuestion read)
    {
        if (Question != read)
            return;

        Keep(read);
        await AnswerAsync(read.Price);
    }

    /// <summary>Leaves what has waited for it unsent.</summary>
    public Task DeclineAsync() => AnswerAsync(null);

    /// <summary>Tries a rejected message again for what was agreed to, whatever it cost then; the server says anew what it costs now.</summary>
    public Task RetryAsync(OutboxMessage rejected) => _session.RetryAsync(rejected.ClientMessageId, MaxPoints);

    public void Dispose() => _session.Changed -= Follow;

    private void Follow(SessionChange change)
    {
        if (change is not OutboxChanged { Message: var message, State: var state })
            return;

        // One that was rejected before the page was loaded, or in another tab, waits for the user to come back to it.
        var wasUnderWay = _underWay.Remove(message.ClientMessageId);
        if (state == OutboxState.Waiting)
            _underWay.Add(message.ClientMessageId);
        if (state != OutboxState.Failed || message.Failure is not { Code: ConsentRequired } failure)
            Settle(message);
        else if (wasUnderWay && failure.Price <= MaxPoints)
            _ = _session.RetryAsync(message.ClientMessageId, MaxPoints);
        else if (wasUnderWay)
            Ask(message, failure);
    }

    private void Ask(OutboxMessage rejected, SendFailure failure)
    {
        _waiting.Add(rejected);
        if (Question is null)
            Put(new PriceQuestion(failure.Price ?? 0, failure.Balance ?? 0, failure.ResetsAt));
    }

    /// <summary>Another tab may send or discard what waits here for an answer.</summary>
    private void Settle(OutboxMessage message)
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
            // The storage is full: it holds for the messages that wait, and is asked for again.
        }
    }
}
