using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.Load;

/// <summary>A message that a user wants to send, with as many requests as it takes.</summary>
/// <param name="Content">The text, unique to this message, so that it can be found in the database.</param>
/// <param name="Key">Its <c>clientMessageId</c>; null for a message that is not repeated once its outcome is unknown.</param>
internal sealed record Send(Person Sender, Guid ConversationId, string Content, Guid? Key);

/// <summary>One request and its outcome.</summary>
/// <param name="What">The name of the call, for the message of a failed test.</param>
/// <param name="Send">The message that it was for; null for other calls.</param>
/// <param name="Answer">Null when there was none.</param>
/// <param name="Started">The start time on the journal's clock.</param>
internal sealed record Attempt(string What, Send? Send, Answer? Answer, TimeSpan Started, TimeSpan Ended)
{
    public TimeSpan Took => Ended - Started;

    public bool IsAcknowledged => Answer is { Status: System.Net.HttpStatusCode.Created or System.Net.HttpStatusCode.OK };

    public bool IsUnavailable => Answer is { Status: System.Net.HttpStatusCode.ServiceUnavailable };

    /// <summary>Whether the request may have taken effect without an acknowledgement.</summary>
    public bool IsInDoubt => Answer is null || (IsUnavailable && Answer.Code == "storage.outcome_unknown");

    /// <summary>Whether the response is a success or an error that the caller caused, as opposed to a server failure.</summary>
    public bool IsServed => Answer is not null && !IsUnavailable;

    public Guid MessageId => Answer!.Data.GetProperty("id").GetGuid();

    public long Sequence => Answer!.Data.GetProperty("sequence").GetInt64();

    public long Charge => Answer!.Body.GetProperty("charge").GetProperty("points").GetInt64();

    /// <summary>Returns the median duration of the attempts.</summary>
    public static TimeSpan MedianOf(IEnumerable<Attempt> attempts)
    {
        var times = attempts.Select(attempt => attempt.Took).Order().ToList();
        times.Count.ShouldBeGreaterThan(10);

        return times[times.Count / 2];
    }

    public override string ToString() =>
        $"{What} at {Started.TotalSeconds:0.000} s, {Took.TotalMilliseconds:0} ms: {Answer?.ToString() ?? "no answer"}";
}
