using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Api.Tests.Limits;

public sealed class LimitLogTests : IDisposable
{
    private readonly CapturedLogs _logs = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly ServiceProvider _services;
    private readonly LimitLog _log;

    public LimitLogTests()
    {
        var services = new ServiceCollection().AddSingleton<TimeProvider>(_clock).AddSingleton<LimitLog>();
        _logs.AddTo(services);
        _services = services.BuildServiceProvider();
        _log = _services.GetRequiredService<LimitLog>();
    }

    [Fact]
    public void Reached_ManyTimes_IsLoggedOncePerCallerAndLimit()
    {
        for (var hit = 0; hit < 50; hit++)
        {
            _log.Reached("UserBurst", "user 1");
            _log.Reached("UserBurst", "user 2");
            _log.Reached("HubCallBurst", "user 1");
        }

        _logs.Lines.Select(line => line.Text[..line.Text.IndexOf(',', StringComparison.Ordinal)]).ShouldBe(
            ["Limits:UserBurst reached by user 1", "Limits:UserBurst reached by user 2", "Limits:HubCallBurst reached by user 1"]);
    }

    [Theory]
    [InlineData(59, 1)]
    [InlineData(60, 2)]
    [InlineData(-60, 2)]
    public void Reached_AMinuteLater_IsLoggedAgain(int seconds, int lines)
    {
        _clock.SetUtcNow(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        _log.Reached("UserBurst", "user 1");

        _clock.AdjustTime(_clock.GetUtcNow().AddSeconds(seconds));
        _log.Reached("UserBurst", "user 1");

        _logs.Lines.Count.ShouldBe(lines);
    }

    public void Dispose()
    {
        _services.Dispose();
        _logs.Dispose();
    }
}
