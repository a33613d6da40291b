using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace CleanMessaging.Api.Tests;

/// <summary>Searches the source for calls that only certain files may contain.</summary>
public sealed class ArchitectureTests
{
    private static readonly string _source = Path.Combine(FindRoot(AppContext.BaseDirectory), "src");

    private static readonly IReadOnlyList<(string Path, string Text)> _files =
    [
        .. from path in Directory.EnumerateFiles(_source, "*.cs", SearchOption.AllDirectories)
           let relative = Path.GetRelativePath(_source, path).Replace('\\', '/')
           where !relative.Contains("/obj/") && !relative.Contains("/bin/") && !relative.Contains(
               "/CompiledModel/") && !relative.Contains("/Migrations/")
           select (relative, WithoutComments(File.ReadAllText(path))),
    ];

    private static readonly string _sql = string.Concat(
        Directory.EnumerateFiles(_source, "*.sql", SearchOption.AllDirectories).Where(path => !Regex.IsMatch(path, @"[\\/](obj|bin)[\\/]")).Select(File.ReadAllText));

    [Fact]
    public void Changes_Always_AreSavedByTheUnitOfWorkOnly() =>
        FilesWith(@"\.SaveChanges").ShouldBe(["Infrastructure/Persistence/UnitOfWork.cs"]);

    /// <summary>
    /// Besides the unit of work (through the context), seven places begin transactions: housekeeping with its own time-outs, the read
    /// snapshot, sends under locks, a slice of the ledger, the connection check at startup, and the steps that encrypt stored texts and keys.
    /// </summary>
    [Fact]
    public void Transactions_Always_BeginInKnownPlaces() =>
        FilesWith("BeginTransaction").ShouldBe(
        [
            "Infrastructure/Persistence/ConnectionCheck.cs",
            "Infrastructure/Persistence/KeyRenewal.cs",
            "Infrastructure/Persistence/Messages/MessageRepository.Expired.cs",
            "Infrastructure/Persistence/Messages/StoredTextEncryption.cs",
            "Infrastructure/Persistence/MessagingDbContext.cs",
            "Infrastructure/Persistence/ReadDatabase.cs",
            "Infrastructure/Persistence/Sends/SendBatchExecutor.cs",
            "Infrastructure/Persistence/UnitOfWork.cs",
            "Infrastructure/Persistence/Wallets/LedgerReader.cs",
        ]);

    [Fact]
    public void Events_Always_ArePublishedAfterACommit() =>
        FilesWith(@"notifier\.Publish").ShouldBe(
        [
            "Infrastructure/Persistence/Attempt.cs",
            "Infrastructure/Persistence/Sends/SendBatchExecutor.cs",
            "Infrastructure/Persistence/UnitOfWork.cs",
        ]);

    [Fact]
    public void Connections_Always_AreNotifiedInKnownPlaces() =>
        FilesWith("IHubContext").ShouldBe(
            ["Infrastructure/Realtime/Events/EventPresenter.cs", "Infrastructure/Realtime/RealtimeNotifier.cs"]);

    /// <summary>Persistence publishes events, so the reverse direction would be a cycle.</summary>
    [Fact]
    public void Realtime_Never_DependsOnPersistence() =>
        FilesWith(@"CleanMessaging\.Infrastructure\.Persistence\b").ShouldAllBe(path => !path.StartsWith("Infrastructure/Realtime/"));

    /// <summary>
    /// Queries filter messages with one shared rule. Exceptions load a message to answer a repeated send or to change it, look up the
    /// positions of messages to mark as read, flag and redact expired messages, encrypt stored texts, verify the ledger or keep attachments of messages that have not
    /// expired; they show no text. Read receipts call the rule
    /// in SQL. The typed client has the rule once more.
    /// </summary>
    [Fact]
    public void Messages_Always_AreReadThroughTheOnePredicate()
    {
        FilesWith(@"context\.Messages\b").ShouldBe(["Infrastructure/Persistence/ReadDatabase.cs"]);
        FilesWith(@"context\.Messages\.AsNoTracking\(\)\.VisibleTo\(viewerId, now, ")
            .ShouldBe(["Infrastructure/Persistence/ReadDatabase.cs"]);
        FilesWith(@"ExpiresAt (==|>|<=?)|ExpiresAt is null")
            .Where(path => !path.StartsWith("Client/", StringComparison.Ordinal))
            .ShouldBe(["Domain/Messages/MessageVisibility.cs"]);
        FilesWith(@"(FROM|JOIN) messages\b").ShouldBe(
        [
            "Infrastructure/Persistence/Attachments/AttachmentEraser.cs",
            "Infrastructure/Persistence/Conversations/ConversationRepository.cs",
            "Infrastructure/Persistence/Conversations/LiveReader.cs",
            "Infrastructure/Persistence/Messages/ExpiredMessageStatements.cs",
            "Infrastructure/Persistence/Messages/MessageRepository.cs",
            "Infrastructure/Persistence/Messages/StoredTextEncryption.cs",
            "Infrastructure/Persistence/Sends/SendStatements.cs",
            "Infrastructure/Persistence/Wallets/LedgerReader.cs",
        ]);
    }

    /// <summary>
    /// Queries find attachments with one shared condition, which uses the rule for messages. Exceptions load an attachment to change it, to
    /// send it or to erase it, or its key to renew it.
    /// </summary>
    [Fact]
    public void Attachments_Always_AreReadThroughTheirMessages()
    {
        FilesWith(@"context\.Attachments\b").ShouldBe(
            ["Infrastructure/Persistence/Attachments/AttachmentRepository.cs", "Infrastructure/Persistence/ReadDatabase.cs"]);
        FilesWith(@"(FROM|JOIN) attachments\b").ShouldBe(
        [
            "Infrastructure/Persistence/Attachments/AttachmentEraser.cs",
            "Infrastructure/Persistence/Attachments/AttachmentRepository.cs",
            "Infrastructure/Persistence/Attachments/StorageAllowanceRepository.cs",
            "Infrastructure/Persistence/KeyRenewal.cs",
            "Infrastructure/Persistence/Sends/SendStatements.cs",
        ]);
        FilesWith("VisibleAttachments").ShouldBe(
        [
            "Application/Attachments/AttachmentReads.cs",
            "Application/Attachments/CreateMediaLinks.cs",
            "Application/Attachments/ListAttachments.cs",
            "Application/Storage/IReadDatabase.cs",
            "Infrastructure/Persistence/ReadDatabase.cs",
        ]);
        FilesWith(@"\bEncryptedKey\b").Where(path => path.StartsWith("WebApi/", StringComparison.Ordinal))
            .ShouldBe(["WebApi/Media/AttachmentDownload.cs"]);
    }

    /// <summary>
    /// Each database function that reads messages decides with the rule for messages or for tombstones, and whole messages are read from functions only. The exceptions load a message
    /// to change it or to answer a repeated send.
    /// </summary>
    [Fact]
    public void Texts_Always_AreReadThroughTheVisibilityFunctions()
    {
        var functions = Regex.Split(_sql, @"(?=CREATE OR REPLACE FUNCTION )").Skip(1)
            .ToLookup(text => Regex.Match(text, @"FUNCTION (\w+)").Groups[1].Value);
        var readers = functions.Where(function => function.Any(body => Regex.IsMatch(body, @"(FROM|JOIN) messages\b"))).Select(function => function.Key).ToList();

        // Reads the times of a search's position, and no text.
        readers.Remove("newest_sent").ShouldBeTrue();
        functions["newest_sent"].ShouldAllBe(body => !body.Contains("content") && !body.Contains('*'));

        readers.Count.ShouldBeGreaterThan(8);
        foreach (var body in readers.SelectMany(name => functions[name]).Where(body => Regex.IsMatch(body, @"(FROM|JOIN) messages\b")))
            Regex.IsMatch(body, @"\bis_(visible|tombstone)\(|\{viewers of ").ShouldBeTrue(body);

        FilesWith(@"MessageConfiguration\.Columns\b").ShouldBe(
        [
            "Infrastructure/Persistence/MessageRow.cs",
            "Infrastructure/Persistence/Messages/ExpiredMessageStatements.cs",
            "Infrastructure/Persistence/Messages/MessageVersionRow.cs",
            "Infrastructure/Persistence/Messages/StoredMessage.cs",
            "Infrastructure/Persistence/Sends/StoreStatement.cs",
        ]);
        FilesWith(@"StoredMessage\.Read\(").ShouldBe(
        [
            "Infrastructure/Persistence/Messages/MessageRepository.cs",
            "Infrastructure/Persistence/Messages/RedactedMessages.cs",
            "Infrastructure/Persistence/Sends/SendStatements.cs",
        ]);

        // A message that is read to be redacted goes nowhere else.
        FilesWith(@"RedactedMessages\.ReadAsync").ShouldBe(["Infrastructure/Persistence/Messages/MessageRepository.Expired.cs"]);
        var sources = _files.SelectMany(file => Regex.Matches(file.Text, @"\{(?:MessageRow\.Columns|_viewedColumns|_select)\}[^;]*?FROM (\w+)").Select(match => match.Groups[1].Value)).ToList();
        sources.Count.ShouldBeGreaterThan(6);
        sources.ShouldAllBe(source => functions.Contains(source));
    }

    /// <summary>The earlier texts of a message are deleted with it, so they have one reader, which asks for the message itself first.</summary>
    [Fact]
    public void EarlierTexts_Always_HaveOneReader()
    {
        Regex.Count(_sql, "message_versions").ShouldBe(1);
        var reader = Regex.Split(_sql, @"(?=CREATE OR REPLACE FUNCTION )").Single(text => text.Contains("message_versions"));
        reader.ShouldStartWith("CREATE OR REPLACE FUNCTION texts_of_message(");
        reader.IndexOf("messages_by_id(viewer", StringComparison.Ordinal).ShouldBeInRange(0, reader.IndexOf("message_versions", StringComparison.Ordinal));
        FilesWith(@"texts_of_message").ShouldBe(["Infrastructure/Persistence/Messages/MessageVersionRow.cs"]);
        FilesWith(@"message_versions\b").ShouldBe(
        [
            "Infrastructure/Persistence/Messages/ExpiredMessageStatements.cs",
            "Infrastructure/Persistence/Messages/MessageVersionConfiguration.cs",
            "Infrastructure/Persistence/Messages/StoredTextEncryption.cs",
        ]);
        FilesWith(@"message_versions""").ShouldBe(["Infrastructure/Persistence/Messages/MessageVersionConfiguration.cs"]);
        FilesWith(@"DELETE FROM message_versions").ShouldBe(["Infrastructure/Persistence/Messages/ExpiredMessageStatements.cs"]);
        FilesWith(@"\bMessageVersions\b(?!Query|Handler)").ShouldBe(
            ["Infrastructure/Persistence/Messages/MessageRepository.cs", "Infrastructure/Persistence/MessagingDbContext.cs"]);
        FilesWith(@"\.MessageVersions\.Where\(version => version\.MessageId == messageId\.Value\)\.ExecuteDeleteAsync")
            .ShouldBe(["Infrastructure/Persistence/Messages/MessageRepository.cs"]);
    }

    /// <summary>The OpenAPI description mentions problems but returns none, so its files are excluded.</summary>
    [Fact]
    public void Failures_Always_BecomeHttpInOnePlace() =>
        FilesWith(@"Results\.(Problem|ValidationProblem|BadRequest|NotFound|Conflict|Json)|application/problem")
            .Where(path => !path.StartsWith("WebApi/OpenApi/", StringComparison.Ordinal))
            .ShouldBe(["WebApi/Errors/Problems.cs"]);

    /// <summary>
    /// Passwords are verified only within the concurrency limit for hashing. The other files register the hasher, and create the
    /// placeholder hash that is compared when no account exists; that hash is created within the limit too.
    /// </summary>
    [Fact]
    public void Passwords_Always_AreHashedWithinTheBound()
    {
        FilesWith(@"IPasswordHasher|\.VerifyHashedPassword\(|Pbkdf2").ShouldBe(
        [
            "Infrastructure/Identity/IdentityRegistration.cs",
            "Infrastructure/Identity/PasswordVerifier.cs",
            "Infrastructure/Identity/PlaceholderPassword.cs",
        ]);
        FilesWith(@"PasswordVerifier\b").ShouldBe(
        [
            "Infrastructure/Identity/IdentityRegistration.cs",
            "Infrastructure/Identity/PasswordHashing.cs",
            "Infrastructure/Identity/PasswordVerifier.cs",
        ]);
    }

    [Fact]
    public void Sql_Always_HasParameters() => FilesWith("SqlRaw|ExecuteSqlRaw|FromSqlRaw").ShouldBeEmpty();

    [Fact]
    public void Time_Always_IsAskedOfTheClock()
    {
        FilesWith(@"\.GetUtcNow\(").ShouldNotBeEmpty();
        FilesWith(@"TimeProvider|GetUtcNow").ShouldAllBe(path => !path.StartsWith("Domain/"));
    }

    /// <summary>The base class library and the package's own dependencies do not count.</summary>
    [Fact]
    public void Client_Always_ReferencesTheRealtimePackageOnly() =>
        ReferencesOf("Client").ShouldBe(["PackageReference Microsoft.AspNetCore.SignalR.Client"]);

    [Fact]
    public void WebClient_Always_ReferencesNothingOfOursButTheClient() =>
        ReferencesOf("WebClient").ShouldBe(
        [
            "PackageReference Microsoft.AspNetCore.Components.WebAssembly",
            "ProjectReference ../Client/Client.csproj",
        ]);

    /// <summary>A published server is a Release build. It does not contain the PostgreSQL of Development.</summary>
    [Fact]
    public void WebApi_Always_ReferencesThePrivatePostgresInDebugBuildsOnly()
    {
        var references = XDocument.Load(Path.Combine(_source, "WebApi", "WebApi.csproj")).Descendants("ProjectReference")
            .Where(reference => reference.Attribute("Include")!.Value.Contains("PrivatePostgres"));

        references.ShouldHaveSingleItem().Attribute("Condition").ShouldNotBeNull().Value.ShouldBe("'$(Configuration)' == 'Debug'");
        ReferencesOf("Infrastructure").ShouldNotContain(reference => reference.Contains("PrivatePostgres"));
    }

    /// <summary>Every reference and import of a project, including source files that it compiles from another project.</summary>
    private static IEnumerable<string> ReferencesOf(string project) =>
        from item in XDocument.Load(Path.Combine(_source, project, $"{project}.csproj")).Descendants()
        where item.Name.LocalName is "PackageReference" or "ProjectReference" or "FrameworkReference" or "Reference" or "Compile" or "Import"
        let name = $"{item.Name.LocalName} {item.Attribute("Include")?.Value ?? item.ToString()}"
        orderby name
        select name;

    private static IReadOnlyList<string> FilesWith(string pattern)
    {
        _files.Count.ShouldBeGreaterThan(100);

        return [.. _files.Where(file => Regex.IsMatch(file.Text, pattern)).Select(file => file.Path).Order(StringComparer.Ordinal)];
    }

    private static string WithoutComments(string text) => Regex.Replace(text, @"^\s*//.*$", "", RegexOptions.Multiline);

    private static string FindRoot(string folder) =>
        File.Exists(Path.Combine(folder, "CleanMessaging.sln")) ? folder : FindRoot(Path.GetDirectoryName(folder)!);
}
