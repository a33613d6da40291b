using System.Text.RegularExpressions;

namespace CleanMessaging.Domain.Tests;

/// <summary>Enforces the sizes of lines and files, so that a file and a change can be read on one screen.</summary>
public sealed partial class SourceTests
{
    private const int LineMax = 140;
    private const int TestLineMax = 200;
    private const int LongText = 80;
    private const int FileMax = 300;
    private const int MethodMax = 40;

    /// <summary>Longer files, with the reason. A migration and what tools generate are exempt as a kind.</summary>
    private static readonly Dictionary<string, string> _longer = new()
    {
        ["src/Infrastructure/Persistence/Sql/visibility.sql"] = "one rule and the functions that read by it, which share a template",
        ["src/WebClient/wwwroot/css/elements.css"] = "the styles of all controls, which share their states",
        ["tests/Api.Tests/Persistence/LockOrderTests.cs"] = "one order with its commands",
        ["tests/Domain.Tests/Attachments/AttachmentTests.cs"] = "one aggregate",
        ["tests/Api.Tests/Accounts/LogInTests.cs"] = "one use case",
        ["tests/Api.Tests/Accounts/RefreshSessionTests.cs"] = "one use case",
        ["tests/Api.Tests/Messages/GetMessagesTests.cs"] = "one use case",
        ["tests/Api.Tests/Messages/NearestVisibleTests.cs"] = "one rule, in every pattern of messages",
        ["tests/Api.Tests/Messages/SendMessageTests.cs"] = "one use case",
        ["tests/Api.Tests/OpenApi/OpenApiDocumentTests.cs"] = "one document",
        ["tests/Api.Tests/Persistence/SendBatcherTests.cs"] = "one queue, whose tests share their set-up",
        ["tests/Api.Tests/Realtime/LiveEventsTests.cs"] = "one contract of events",
        ["tests/Api.Tests/Startup/StartRejectionTests.cs"] = "one program with its settings",
        ["tests/Api.Tests/Users/FindUsersTests.cs"] = "one use case",
        ["tests/Api.Tests/Wallets/VerifyLedgerTests.cs"] = "one use case",
        ["tests/Client.Tests/Live/BadLineTests.cs"] = "one model of a bad connection with its runs",
        ["tests/Client.Tests/State/ConversationListTests.cs"] = "one class",
        ["tests/Client.Tests/Live/SessionLifeTests.cs"] = "one life cycle",
        ["tests/Client.Tests/Live/TalkingTests.cs"] = "one scenario of two sessions",
        ["tests/Client.Tests/SendQueue/SendQueueTests.cs"] = "one class",
        ["tests/Client.Tests/SendQueue/QueuedChangeTests.cs"] = "one queue, whose tests share their set-up",
        ["tests/Client.Tests/SendQueue/UnattemptedTests.cs"] = "one queue, whose tests share their set-up",
        ["tests/Client.Tests/State/ConversationReducerTests.cs"] = "one function with its cases",
        ["tests/Client.Tests/State/ReducerModelTests.cs"] = "one model with its steps",
        ["tests/Client.Tests/Transport/AccessTests.cs"] = "one class",
        ["tests/Domain.Tests/Messages/SendMessageTests.cs"] = "one rule of an aggregate",
        ["tests/Domain.Tests/Messages/SendingModelTests.cs"] = "one model with its steps",
        ["tests/Domain.Tests/Wallets/WalletTests.cs"] = "one aggregate",
        ["tests/Hostile.Tests/Corpus/AddressTests.cs"] = "one list of addresses",
        ["tests/Hostile.Tests/Corpus/HubFrameTests.cs"] = "one list of frames",
        ["tests/Web.Tests/Accounts/SignInTests.cs"] = "one page",
        ["tests/Web.Tests/Administration/AdminPageTests.cs"] = "one page",
        ["tests/Web.Tests/Messages/ChangeMessageTests.cs"] = "one menu with its functions",
    };

    /// <summary>Files with a lower limit of lines, so that further members go to the parts that they belong to.</summary>
    private static readonly Dictionary<string, int> _shorter = new()
    {
        ["src/Client/Live/MessagingSession.cs"] = 199,
    };

    /// <summary>The interfaces of the infrastructure and the host, with the reason.</summary>
    private static readonly Dictionary<string, string> _interfaces = new()
    {
        ["IAccessChangeReader"] = "events are below the database, which reads the changes for them",
        ["ICount"] = "one list of counts with different keys",
        ["IKeyDecryptor"] = "keys are decrypted by AWS KMS or by Vault",
        ["IObjectStorage"] = "attachments are in a folder or in a bucket",
        ["IMessagingClient"] = "the events of the hub, which SignalR implements",
    };

    /// <summary>
    /// The limits are those of .editorconfig. Tests and benchmarks have longer lines of data. A line with a long text may exceed the limit,
    /// and so may the text between triple quotes.
    /// </summary>
    [Fact]
    public void Lines_OfCode_FitIntoTheLimit()
    {
        var settings = Repository.Read(".editorconfig");
        settings.ShouldContain($"[*.cs]\nmax_line_length = {LineMax}\n");
        settings.ShouldContain($"[{{tests,benchmarks}}/**.cs]\nmax_line_length = {TestLineMax}\n");
        var files = Repository.Files("*.cs").ToList();
        var tooLong =
            from file in files
            let limit = file.StartsWith("tests/", StringComparison.Ordinal) || file.StartsWith("benchmarks/", StringComparison.Ordinal)
                ? TestLineMax
                : LineMax
            from line in RawText().Replace(Repository.Read(file), "").Split('\n')
            where line.Length > limit && Text().Matches(line).All(text => text.Length < LongText)
            select $"{file}: {line.Trim()}";

        files.Count.ShouldBeGreaterThan(100);
        tooLong.ShouldBeEmpty();
    }

    [Fact]
    public void Files_WithoutAReason_FitIntoTheLimit()
    {
        var files = Repository.Files("*.cs", "*.razor", "*.js", "*.css", "*.sql").ToList();
        var longer = files.Where(file => LinesOf(file) > FileMax);

        files.Count.ShouldBeGreaterThan(500);
        longer.ShouldBe(_longer.Keys, ignoreOrder: true);
        _shorter.Where(limit => LinesOf(limit.Key) > limit.Value).ShouldBeEmpty();
    }

    /// <summary>A send and the unit of work are read step by step. Each method, with its signature, fits on a screen.</summary>
    [Fact]
    public void Methods_OfTheSendPath_FitIntoTheLimit()
    {
        var files = Repository.Files("*.cs").Where(file => SendPath().IsMatch(file)).ToList();
        var methods = files
            .SelectMany(file => Method().Matches(Repository.Read(file)).Select(method => (File: file, Lines: method.Value.Split('\n'))))
            .ToList();
        var longer =
            from method in methods
            where method.Lines.Length > MethodMax
            select $"{method.File}: {method.Lines.Length} lines: {method.Lines[0].Trim()}";

        files.Count.ShouldBeGreaterThan(10);
        methods.Count.ShouldBeGreaterThan(60);
        longer.ShouldBeEmpty();
    }

    /// <summary>The application declares interfaces for what it needs; the infrastructure and the host use classes.</summary>
    [Fact]
    public void Interfaces_OutsideTheApplication_HaveAReason() =>
        Repository.Files("*.cs")
            .Where(file => Regex.IsMatch(file, "^src/(Infrastructure|PrivatePostgres|WebApi)/"))
            .SelectMany(file => Interface().Matches(Repository.Read(file)))
            .Select(match => match.Groups["name"].Value)
            .ShouldBe(_interfaces.Keys, ignoreOrder: true);

    private static int LinesOf(string file) => Repository.Read(file).AsSpan().Count('\n');

    [GeneratedRegex(
        @"^src/(Infrastructure/Persistence/(Sends/\w+|UnitOfWork|RetryPolicy|Attempt|AttemptFailure)|Domain/Messages/(Message\.Send|SendDecision))\.cs$")]
    private static partial Regex SendPath();

    /// <summary>Matches a method or constructor of a type with its body, which ends at the indentation of its first line.</summary>
    [GeneratedRegex(
        @"^    (?:public|private|internal|protected)\b[^\n;={]*\((?:[^;{]*?=>(?:[^;""]|""[^""]*"")*;|[^;{]*?\n    \{\n.*?\n    \}$)",
        RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Method();

    [GeneratedRegex(@"\binterface (?<name>I[A-Z]\w*)")]
    private static partial Regex Interface();

    [GeneratedRegex(@"""""""[\s\S]*?""""""")]
    private static partial Regex RawText();

    [GeneratedRegex(@"""(?:\\.|[^""\\\n])*""")]
    private static partial Regex Text();
}
