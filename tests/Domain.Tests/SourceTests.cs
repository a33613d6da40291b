using System.Text.RegularExpressions;

namespace CleanMessaging.Domain.Tests;

/// <summary>Enforces the sizes of lines and files, so that a file and a change can be read on one screen.</summary>
public sealed partial class SourceTests
{
    private const int LineMax = 140;
    private const int LongText = 80;
    private const int FileMax = 300;

    /// <summary>Longer files, with the reason. A migration and what tools generate are exempt as a kind.</summary>
    private static readonly Dictionary<string, string> _longer = new()
    {
        ["src/Client/Live/ConversationTimeline.cs"] = "the client is being divided",
        ["src/Client/Live/MessagingSession.cs"] = "the client is being divided",
        ["src/Client/Live/Window.cs"] = "the client is being divided",
        ["src/Client/Outbox/Outbox.cs"] = "the client is being divided",
        ["src/WebClient/Messages/MessageLog.razor"] = "the client is being divided",
        ["src/WebClient/wwwroot/js/view.js"] = "the client is being divided",
        ["src/WebClient/wwwroot/css/chat.css"] = "the styles of one screen",
        ["src/WebApi/Endpoints/Examples.cs"] = "one story, whose examples refer to each other",
        ["tests/Api.Tests/Accounts/LogInTests.cs"] = "one use case",
        ["tests/Api.Tests/Accounts/RefreshSessionTests.cs"] = "one use case",
        ["tests/Api.Tests/Messages/SendMessageTests.cs"] = "one use case",
        ["tests/Api.Tests/OpenApi/OpenApiDocumentTests.cs"] = "one document",
        ["tests/Api.Tests/Persistence/SendQueueTests.cs"] = "one queue, whose tests share their set-up",
        ["tests/Api.Tests/Realtime/LiveEventsTests.cs"] = "one contract of events",
        ["tests/Api.Tests/Users/FindUsersTests.cs"] = "one use case",
        ["tests/Api.Tests/Wallets/VerifyLedgerTests.cs"] = "one use case",
        ["tests/Domain.Tests/Messages/SendMessageTests.cs"] = "one rule of an aggregate",
        ["tests/Domain.Tests/Messages/SendingModelTests.cs"] = "one model with its steps",
        ["tests/Domain.Tests/Wallets/WalletTests.cs"] = "one aggregate",
        ["tests/Client.Tests/Live/BadLineTests.cs"] = "the tests of the client are being divided",
        ["tests/Client.Tests/Live/SessionLifeTests.cs"] = "the tests of the client are being divided",
        ["tests/Client.Tests/Live/TalkingTests.cs"] = "the tests of the client are being divided",
        ["tests/Client.Tests/Live/WindowModelTests.cs"] = "the tests of the client are being divided",
        ["tests/Client.Tests/Live/WindowTests.cs"] = "the tests of the client are being divided",
        ["tests/Client.Tests/Outbox/OutboxTests.cs"] = "the tests of the client are being divided",
        ["tests/Client.Tests/Transport/AccessTests.cs"] = "the tests of the client are being divided",
        ["tests/Web.Tests/Accounts/SignInTests.cs"] = "the tests of the client are being divided",
        ["tests/Web.Tests/Administration/AdminPageTests.cs"] = "the tests of the client are being divided",
        ["src/WebClient/wwwroot/css/elements.css"] = "the styles of all controls, which share their states",
    };

    /// <summary>Code whose lines are not wrapped yet. This list only shrinks.</summary>
    private static readonly string[] _unwrapped =
    [
        "benchmarks/",
        "src/Application/",
        "src/Client/",
        "src/Domain/Messages/",
        "src/Infrastructure/",
        "src/WebClient/",
        "tests/Api.Tests/",
        "tests/Client.Tests/",
        "tests/Fault.Tests/",
        "tests/Hostile.Tests/",
        "tests/Support/",
        "tests/Web.Tests/",
    ];

    /// <summary>The interfaces of the infrastructure and the host, with the reason.</summary>
    private static readonly Dictionary<string, string> _interfaces = new()
    {
        ["ICount"] = "one list of counts with different keys",
        ["IMessagingClient"] = "the events of the hub, which SignalR implements",
        ["ITypingNotifier"] = "the public hub calls an internal class",
    };

    /// <summary>
    /// The limit is that of .editorconfig. A line with a long text may exceed it, and so may the text between triple quotes.
    /// </summary>
    [Fact]
    public void Lines_OfCode_FitIntoTheLimit()
    {
        Repository.Read(".editorconfig").ShouldContain($"max_line_length = {LineMax}\n");
        var files = Repository
            .Files("*.cs")
            .Where(file => !_unwrapped.Any(folder => file.StartsWith(folder, StringComparison.Ordinal)))
            .ToList();
        var tooLong =
            from file in files
            from line in RawText().Replace(Repository.Read(file), "").Split('\n')
            where line.Length > LineMax && Text().Matches(line).All(text => text.Length < LongText)
            select $"{file}: {line.Trim()}";

        files.Count.ShouldBeGreaterThan(100);
        tooLong.ShouldBeEmpty();
    }

    [Fact]
    public void Files_WithoutAReason_FitIntoTheLimit()
    {
        var files = Repository.Files("*.cs", "*.razor", "*.js", "*.css").ToList();
        var longer = files.Where(file => Repository.Read(file).AsSpan().Count('\n') > FileMax);

        files.Count.ShouldBeGreaterThan(500);
        longer.ShouldBe(_longer.Keys, ignoreOrder: true);
    }

    /// <summary>The application declares interfaces for what it needs; the infrastructure and the host use classes.</summary>
    [Fact]
    public void Interfaces_OutsideTheApplication_HaveAReason() =>
        Repository.Files("*.cs")
            .Where(file => Regex.IsMatch(file, "^src/(Infrastructure|PrivatePostgres|WebApi)/"))
            .SelectMany(file => Interface().Matches(Repository.Read(file)))
            .Select(match => match.Groups["name"].Value)
            .ShouldBe(_interfaces.Keys, ignoreOrder: true);

    [GeneratedRegex(@"\binterface (?<name>I[A-Z]\w*)")]
    private static partial Regex Interface();

    [GeneratedRegex(@"""""""[\s\S]*?""""""")]
    private static partial Regex RawText();

    [GeneratedRegex(@"""(?:\\.|[^""\\\n])*""")]
    private static partial Regex Text();
}
