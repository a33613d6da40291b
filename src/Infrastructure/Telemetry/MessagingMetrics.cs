using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace CleanMessaging.Infrastructure.Telemetry;

/// <summary>What this product measures of itself, beside what .NET, Kestrel, SignalR and Npgsql measure. The names are public: docs/operations.md.</summary>
public sealed class MessagingMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "CleanMessaging";

    /// <summary>Over REST.</summary>
    public const string Http = "http";

    /// <summary>Over the hub.</summary>
    public const string Hub = "hub";

    private readonly Meter _meter;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _dropped;
    private readonly Histogram<double> _deliveryDuration;

    public MessagingMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _sent = _meter.CreateCounter<long>("cleanmessaging.messages.sent", "{message}", "Messages accepted, by what they cost: free or paid.");
        _rejected = _meter.CreateCounter<long>("cleanmessaging.requests.refused", "{request}", "Requests rejected, by code and transport.");
        _dropped = _meter.CreateCounter<long>("cleanmessaging.push.dropped", "{event}", "Events that a full queue did not take.");
        _deliveryDuration = _meter.CreateHistogram<double>(
            "cleanmessaging.push.duration",
            "s",
            "From the commit of a message to its handing over to the connections of this server.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] });
    }

    public void Sent(bool paid) => _sent.Add(1, new KeyValuePair<string, object?>("charge", paid ? "paid" : "free"));

    /// <param name="code">The stable code that the caller was told.</param>
    /// <param name="transport"><see cref="Http"/> or <see cref="Hub"/>.</param>
    public void Rejected(string code, string transport) =>
        _rejected.Add(1, new KeyValuePair<string, object?>("code", code), new KeyValuePair<string, object?>("transport", transport));

    /// <param name="kind">What was not taken.</param>
    public void Dropped(string kind) => _dropped.Add(1, new KeyValuePair<string, object?>("event", kind));

    /// <param name="committed">When the message was committed, by <see cref="Stopwatch.GetTimestamp"/>.</param>
    public void Delivered(long committed) => _deliveryDuration.Record(Stopwatch.GetElapsedTime(committed).TotalSeconds);

    /// <summary>Lets a queue's length be asked for whenever somebody measures.</summary>
    public void ObserveQueue(string queue, Func<int> length) =>
        _meter.CreateObservableGauge(
            "cleanmessaging.push.queue.length",
            () => new Measurement<int>(length(), new KeyValuePair<string, object?>("queue", queue)),
            "{event}",
            "Events that wait to be told.");

    /// <summary>Lets the bus to the other servers be asked for whenever somebody measures.</summary>
    /// <param name="length">Facts that wait to be sent.</param>
    /// <param name="dropped">Facts that the others were never sent, since the start.</param>
    /// <param name="isOpen">Whether facts reach the others.</param>
    public void ObserveBackplane(Func<int> length, Func<long> dropped, Func<bool> isOpen)
    {
        _meter.CreateObservableGauge("cleanmessaging.bus.queue.length", length, "{fact}", "Facts that wait to be sent to the other servers.");
        _meter.CreateObservableCounter("cleanmessaging.bus.dropped", dropped, "{fact}", "Facts that the other servers were never sent.");
        _meter.CreateObservableGauge("cleanmessaging.bus.open", () => isOpen() ? 1 : 0, description: "1 while facts reach the other servers.");
    }

    /// <summary>Lets the number of hub connections be asked for whenever somebody measures.</summary>
    public void ObserveConnections(Func<int> count) =>
        _meter.CreateObservableGauge("cleanmessaging.hub.connections", count, "{connection}", "Hub connections of this server.");
}
