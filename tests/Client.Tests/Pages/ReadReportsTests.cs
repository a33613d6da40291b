using CleanMessaging.WebClient.Messages;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Client.Tests.Pages;

public sealed class ReadReportsTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<string> _reported = [];
    private readonly ReadReports<string> _reports;
    private TaskCompletionSource _answer = Answered();

    public ReadReportsTests() => _reports = new ReadReports<string>(
        upTo =>
        {
            _reported.Add(upTo);

            return _answer.Task;
        },
        _clock);

    [Fact]
    public void Report_ForTheFirstTime_IsMadeAtOnce()
    {
        _reports.Report("1");

        _reported.ShouldBe(["1"]);
    }

    [Fact]
    public void Report_OfEachMessageOfALongScroll_IsMadeOnceASecondWithTheLatest()
    {
        for (var number = 1; number <= 50; number++)
        {
            _reports.Report($"{number}");
            _clock.Advance(TimeSpan.FromMilliseconds(50));
        }

        _reported.ShouldBe(["1", "20", "40"]);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _reported.ShouldBe(["1", "20", "40", "50"]);
        _clock.Advance(TimeSpan.FromSeconds(10));
        _reported.Count.ShouldBe(4);
    }

    [Fact]
    public void Report_WhileOneIsUnderWay_WaitsForIt()
    {
        _answer = new TaskCompletionSource();
        _reports.Report("1");
        _reports.Report("2");
        _clock.Advance(TimeSpan.FromSeconds(5));
        _reported.ShouldBe(["1"]);

        _answer.SetResult();

        _reported.ShouldBe(["1", "2"]);
    }

    [Fact]
    public void Flush_WithOneThatWaits_MakesItAtOnce()
    {
        _reports.Report("1");
        _reports.Report("2");

        _reports.Flush();

        _reported.ShouldBe(["1", "2"]);
        _clock.Advance(TimeSpan.FromSeconds(5));
        _reported.Count.ShouldBe(2);
    }

    [Fact]
    public void Dispose_WithOneThatWaits_MakesItAtOnce()
    {
        _reports.Report("1");
        _reports.Report("2");

        _reports.Dispose();

        _reported.ShouldBe(["1", "2"]);
    }

    public void Dispose() => _reports.Dispose();

    private static TaskCompletionSource Answered()
    {
        var answered = new TaskCompletionSource();
        answered.SetResult();

        return answered;
    }
}
