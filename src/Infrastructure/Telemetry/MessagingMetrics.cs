using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace CleanMessaging.Infrastructure.Telemetry;

/// <summary>
/// The product's own metrics, in addition to those of .NET, Kestrel, SignalR and Npgsql. The names are public: docs/operations.md.
/// </summary>
public sealed class MessagingMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "CleanMessaging";

    /// <summary>The value of the transport tag for REST.</summary>
    public const string Http = "http";

    /// <summary>The value of the transport tag for the hub.</summary>
    public const string Hub = "hub";

    /// <summary>The cause of a redaction by the clean-up that follows a login.</summary>
    public const string CleanUp = "clean_up";

    /// <summary>The cause of a redaction by an Admin's purge.</summary>
    public const string Purge = "purge";

    private readonly Meter _meter;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _redacted;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _unknown;
    private readonly Counter<long> _storageFailures;
    private readonly Counter<long> _unreadable;
    private readonly Histogram<double> _deliveryDuration;

    public MessagingMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _sent = _meter.CreateCounter<long>("cleanmessaging.messages.sent", "{message}", "Messages accepted, by charge: free or paid.");
        _redacted = _meter.CreateCounter<long>(
            "cleanmessaging.messages.redacted", "{message}", "Expired messages whose contents were erased, by cause.");
        _rejected = _meter.CreateCounter<long>("cleanmessaging.requests.refused", "{request}", "Requests rejected, by code and transport.");
        _dropped = _meter.CreateCounter<long>("cleanmessaging.push.dropped", "{event}", "Events dropped because a queue was full.");
        _unknown = _meter.CreateCounter<long>(
            "cleanmessaging.bus.unknown", "{event}", "Events of other servers that this version does not know and ignored.");
        _storageFailures = _meter.CreateCounter<long>(
            "cleanmessaging.attachments.storage.failures",
            "{operation}",
            "Operations that the storage of attachments failed or did not complete in time.");
        _unreadable = _meter.CreateCounter<long>(
            "cleanmessaging.messages.unreadable", "{message}", "Encrypted message texts that could not be decrypted.");
        _deliveryDuration = _meter.CreateHistogram<double>(
            "cleanmessaging.push.duration",
            "s",
            "Time from the commit of a message until it is passed to the connections of this server.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
            });
    }

    public void Sent(bool paid) => _sent.Add(1, new KeyValuePair<string, object?>("charge", paid ? "paid" : "free"));

    /// <summary>Counts expired messages whose contents were erased.</summary>
    /// <param name="cause"><see cref="CleanUp"/> or <see cref="Purge"/>.</param>
    public void Redacted(int count, string cause)
    {
        if (count > 0)
            _redacted.Add(count, new KeyValuePair<string, object?>("cause", cause));
    }

    /// <param name="code">The stable error code that the caller got.</param>
    /// <param name="transport"><see cref="Http"/> or <see cref="Hub"/>.</param>
    public void Rejected(string code, string transport) =>
        _rejected.Add(1, new KeyValuePair<string, object?>("code", code), new KeyValuePair<string, object?>("transport", transport));

    /// <param name="kind">The kind of the dropped event.</param>
    public void Dropped(string kind) => _dropped.Add(1, new KeyValuePair<string, object?>("event", kind));

    /// <summary>Counts an event of another server whose kind this version does not know.</summary>
    public void UnknownBackplaneEvent() => _unknown.Add(1);

    /// <summary>Counts an encrypted message text that could not be decrypted.</summary>
    public void UnreadableMessage() => _unreadable.Add(1);

    /// <summary>Counts an operation that the storage of attachments failed or did not complete in time.</summary>
    /// <param name="operation">The name of the operation.</param>
    public void StorageFailed(string operation) => _storageFailures.Add(1, new KeyValuePair<string, object?>("operation", operation));

    /// <param name="committed">When the message was committed, by <see cref="Stopwatch.GetTimestamp"/>.</param>
    public void Delivered(long committed) => _deliveryDuration.Record(Stopwatch.GetElapsedTime(committed).TotalSeconds);

    /// <summary>Adds a gauge for the length of a queue.</summary>
    public void ObserveQueue(string queue, Func<int> length) =>
        _meter.CreateObservableGauge(
            "cleanmessaging.push.queue.length",
            () => new Measurement<int>(length(), new KeyValuePair<string, object?>("queue", queue)),
            "{event}",
            "Events that wait to be sent to clients.");

    /// <summary>Adds the metrics of the backplane.</summary>
    /// <param name="length">The number of events that wait to be sent.</param>
    /// <param name="dropped">The number of dropped events since the start.</param>
    /// <param name="isOpen">Whether events reach the other servers.</param>
    public void ObserveBackplane(Func<int> length, Func<long> dropped, Func<bool> isOpen)
    {
        _meter.CreateObservableGauge(
            "cleanmessaging.bus.queue.length", length, "{event}", "Events that wait to be sent to the other servers.");
        _meter.CreateObservableCounter(
            "cleanmessaging.bus.dropped", dropped, "{event}", "Events that were dropped and never sent to the other servers.");
        _meter.CreateObservableGauge(
            "cleanmessaging.bus.open", () => isOpen() ? 1 : 0, description: "1 while events reach the other servers.");
    }

    /// <summary>Adds a gauge for the number of hub connections.</summary>
    public void ObserveConnections(Func<int> count) =>
        _meter.CreateObservableGauge("cleanmessaging.hub.connections", count, "{connection}", "Hub connections of this server.");

    /// <summary>Adds a gauge for the number of attachments that could not be erased.</summary>
    public void ObserveUnerased(Func<long> count) =>
        _meter.CreateObservableGauge(
            "cleanmessaging.attachments.unerased",
            count,
            "{object}",
            "Removed attachments and unused objects that could not be deleted in the last ten minutes.");
}
