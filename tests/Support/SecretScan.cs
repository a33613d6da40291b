using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Tests.Support;

/// <summary>Reads all that a server under test logs, as production would, and finds what belongs in no log.</summary>
internal sealed partial class SecretScan : ILoggerProvider
{
    private readonly CapturedLogs _logs = new();

    public void AddTo(IServiceCollection services) =>
        services.AddLogging(logging => logging
            .AddProvider(this)
            .AddFilter<SecretScan>(null, LogLevel.Information)
            .AddFilter<SecretScan>("Microsoft.EntityFrameworkCore", LogLevel.Warning));

    public ILogger CreateLogger(string categoryName) => _logs.CreateLogger(categoryName);

    public void Dispose() => _logs.Dispose();

    /// <summary>Fails the test when a line has an access token, or one of the secrets in it.</summary>
    public void ShouldHaveSeenNone(IReadOnlyCollection<string> secrets)
    {
        var lines = _logs.Lines.Select(line => $"{line.Category}: {line.Text}").ToList();
        var log = string.Join('\n', lines);
        if (!AccessToken().IsMatch(log) && !secrets.Any(secret => log.Contains(secret, StringComparison.Ordinal)))
            return;

        var telling = lines.Where(line => AccessToken().IsMatch(line) || secrets.Any(secret => line.Contains(secret, StringComparison.Ordinal)));
        Assert.Fail($"The log tells a secret:\n{string.Join('\n', telling.Take(3))}");
    }

    [GeneratedRegex(@"eyJ[\w-]{10,}\.[\w-]{10,}\.")]
    private static partial Regex AccessToken();
}
