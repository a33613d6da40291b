using System.Buffers;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Tests.Support;

/// <summary>Reads all that a server under test logs, as production would, and finds what belongs in no log.</summary>
internal sealed partial class SecretScan : ILoggerProvider
{
    private const string Host = "Microsoft.AspNetCore.Hosting.Diagnostics";

    private readonly CapturedLogs _logs = new();

    public void AddTo(IServiceCollection services) =>
        services.AddLogging(logging => logging
            .AddProvider(this)
            .AddFilter<SecretScan>(null, LogLevel.Information)
            .AddFilter<SecretScan>("Microsoft.EntityFrameworkCore", LogLevel.Warning));

    public ILogger CreateLogger(string categoryName) => _logs.CreateLogger(categoryName);

    public void Dispose() => _logs.Dispose();

    /// <summary>Fails the test when a line has an access token, one of the secrets, or one of the texts in it.</summary>
    /// <param name="texts">Not looked for in what the host says of requests, where a text may be what somebody searched for.</param>
    public void ShouldHaveSeenNone(IReadOnlyCollection<string> secrets, IReadOnlyCollection<string> texts)
    {
        var forbidden = SearchValues.Create([.. secrets], StringComparison.Ordinal);
        var words = SearchValues.Create([.. texts], StringComparison.Ordinal);
        var telling = _logs.Lines
            .Where(line => line.Text.AsSpan().ContainsAny(forbidden)
                || (line.Category != Host && line.Text.AsSpan().ContainsAny(words))
                || (line.Text.Contains("eyJ", StringComparison.Ordinal) && AccessToken().IsMatch(line.Text)))
            .Take(3)
            .Select(line => $"{line.Category}: {line.Text}")
            .ToList();

        telling.ShouldBeEmpty("The log tells a secret");
    }

    [GeneratedRegex(@"eyJ[\w-]{10,}\.[\w-]{10,}\.")]
    private static partial Regex AccessToken();
}
