using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.Load;

/// <summary>A message that somebody wants to be sent, however many requests that takes.</summary>
/// <param name="Content">Of this message alone, so that it is known again in the database.</param>
/// <param name="Key">Its <c>clientMessageId</c>; null for one that is not repeated once nobody knows what became of it.</param>
internal sealed record Send(Person Sender, Guid ConversationId, string Content, Guid? Key);

/// <summary>One request, and what became of it.</summary>
/// <param name="What">The call, for whoever reads a failed test.</param>
/// <param name="Send">The message that it was for; null for other calls.</param>
/// <param name="Answer">Null when there was none.</param>
/// <param name="Started">On the journal's clock.</param>
internal sealed record Attempt(string What, Send? Send, Answer? Answer, TimeSpan Started, TimeSpan Ended)
{
    public TimeSpan Took => Ended - Started;

    public bool IsAcknowledged => Answer is { Status: System.Net.HttpStatusCode.Created or System.Net.HttpStatusCode.OK };

    public bool IsUnavailable => Answer is { Status: System.Net.HttpStatusCode.ServiceUnavailable };

    /// <summary>Whether the request may have taken effect although nobody said so.</summary>
    public bool IsInDoubt => Answer is null || (IsUnavailable && Answer.Code == "storage.outcome_unknown");

    /// <summary>Answered with what the caller asked for, or with a reason that is the caller's own; not for want of a server.</summary>
    public bool IsServed => Answer is not null && !IsUnavailable;

    public Guid MessageId => Answer!.Data.GetProperty("id").GetGuid();

    public long Sequence => Answer!.Data.GetProperty("sequence").GetInt64();

    public long Charge => Answer!.Body.GetProperty("charge").GetProperty("points").GetInt64();

    /// <summary>How long the median one of them took.</summary>
    public static TimeSpan MedianOf(IEnumerable<Attempt> attempts)
    {
        var times = attempts.Select(attempt => attempt.Took).Order().ToList();
        times.Count.ShouldBeGreaterThan(10);

        return times[times.Count / 2];
    }

    public override string ToString() =>
        $"{What} at {Started.TotalSeconds:0.000} s, {Took.TotalMilliseconds:0} ms: {Answer?.ToString() ?? "no answer"}";
}
