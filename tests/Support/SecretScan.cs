using System.Buffers;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Tests.Support;

/// <summary>Reads everything that a server under test logs at production levels, and finds secrets in it.</summary>
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

    /// <summary>Fails the test when a log line contains an access token, one of the secrets, or one of the texts.</summary>
    /// <param name="texts">
    /// Message texts. The request lines of the host are not searched for them, because a text may be part of a search query.
    /// </param>
    public void ShouldHaveSeenNone(IReadOnlyCollection<string> secrets, IReadOnlyCollection<string> texts)
    {
        var forbidden = SearchValues.Create([.. secrets], StringComparison.Ordinal);
        var words = SearchValues.Create([.. texts], StringComparison.Ordinal);
        var leaking = _logs.Lines
            .Where(line => line.Text.AsSpan().ContainsAny(forbidden)
                || (line.Category != Host && line.Text.AsSpan().ContainsAny(words))
                || (line.Text.Contains("eyJ", StringComparison.Ordinal) && AccessToken().IsMatch(line.Text)))
            .Take(3)
            .Select(line => $"{line.Category}: {line.Text}")
            .ToList();

        leaking.ShouldBeEmpty("The log contains a secret");
    }

    [GeneratedRegex(@"eyJ[\w-]{10,}\.[\w-]{10,}\.")]
    private static partial Regex AccessToken();
}
