using System.Text.RegularExpressions;
using CleanMessaging.Tests.Support;
using CleanMessaging.WebClient.Errors;

namespace CleanMessaging.Client.Tests.Errors;

/// <summary>Tests that the web client has its own text for each error code of the server. The codes are searched in the source.</summary>
public sealed partial class ExplanationTests
{
    private const string ServersWords = "What the server says of it.";

    private static readonly string _source = Path.Combine(RepositoryRoot.Path, "src");

    /// <summary>The extensions of file names in the source that look like codes.</summary>
    private static readonly string[] _fileExtensions = [".sql", ".png", ".webp"];

    /// <summary>
    /// Codes that the web client never causes. It shows the server's own text for them, which is sufficient for developers.
    /// </summary>
    private static readonly string[] _leftToTheServer =
    [
        "attachment.ids_out_of_range",
        "attachment.invalid_conversation",
        "attachment.invalid_kind",
        "attachment.invalid_storage_limit",
        "attachment.invalid_variant",
        "attachment.range_not_satisfiable",
        "attachment.unsupported_protocol",
        "conversation.hidden_ids_out_of_range",
        "conversation.invalid_filter",
        "conversation.invalid_revision",
        "conversation.invalid_sequence",
        "conversation.sync_out_of_range",
        "conversation.sync_repeated",
        "message.expiration_ambiguous",
        "message.ids_out_of_range",
        "message.invalid_cursor",
        "message.invalid_version",
        "message.sequences_out_of_range",
        "message.sequences_repeated",
        "origin.not_allowed",
        "page.ambiguous_cursor",
        "page.limit_out_of_range",
        "payment.invalid_max_points",
        "payment.invalid_points_cost",
        "request.refused",
        "request.unsupported_content_encoding",
        "request.unsupported_media_type",
        "user.invalid_display_name",
        "validation.failed",
        "wallet.invalid_idempotency_key",
    ];

    [Fact]
    public void Explain_EveryCodeOfTheServer_HasWordsOfItsOwnOrIsLeftToTheServer()
    {
        var codes = CodesOfTheServer();
        codes.Count.ShouldBeGreaterThan(50);

        codes.Where(code => !HasWords(code)).ShouldBe(_leftToTheServer);
    }

    [Fact]
    public void Explain_EveryCodeThatItKnows_IsOneThatThereIs()
    {
        var known = CodesIn(Path.Combine(_source, "WebClient", "Errors", "Explanation.cs"));
        var clients = Directory.EnumerateFiles(Path.Combine(_source, "Client"), "*.cs", SearchOption.AllDirectories).SelectMany(CodesIn);

        known.Count().ShouldBeGreaterThan(30);
        known.ShouldBeSubsetOf(CodesOfTheServer().Concat(clients));
    }

    [Theory]
    [InlineData(false, "It is not muted: you are offline. Try again when you are connected.")]
    [InlineData(true, "It is not muted: the server cannot be reached. Try again when you are connected.")]
    public void OfNotDone_WithoutAConnection_SaysWhatIsNotDoneAndWhenToTryAgain(bool hasNetwork, string text) =>
        Explanation.OfNotDone("It is not muted", new ServerUnavailableException(new HttpRequestException()), hasNetwork).ShouldBe(text);

    [Fact]
    public void OfNotDone_RejectedByTheServer_SaysWhatIsNotDoneAndWhy()
    {
        var rejection = new Problem(Success: false, "conversation.too_many_pinned", ServersWords, Status: 409, Retryable: false).ToException();

        Explanation.OfNotDone("It is not pinned", rejection, hasNetwork: true)
            .ShouldBe("It is not pinned. You can pin 10 conversations. Unpin another one first.");
    }

    private static bool HasWords(string code)
    {
        var rejection = new Problem(Success: false, code, ServersWords, Status: 409, Retryable: false).ToException();

        return !Explanation.Of(rejection).Contains(ServersWords);
    }

    /// <summary>
    /// Returns every error code in the server's source, without the names of SQL files and pictures.
    /// </summary>
    private static IReadOnlyList<string> CodesOfTheServer()
    {
        var files =
            from project in (string[])["Domain", "Application", "Infrastructure", "WebApi"]
            from path in Directory.EnumerateFiles(Path.Combine(_source, project), "*.cs", SearchOption.AllDirectories)
            where !path.Contains("/obj/")
            select path;

        return
        [
            .. files.SelectMany(CodesIn)
                .Where(code => !_fileExtensions.Contains(Path.GetExtension(code)))
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
    }

    private static IEnumerable<string> CodesIn(string path) =>
        Code().Matches(File.ReadAllText(path)).Select(match => match.Groups["code"].Value);

    [GeneratedRegex("""
        "(?<code>[a-z_]+\.[a-z_]+)"|new (FieldError|ApiProblem)\([^"]*"(?<code>[a-z_]+)"
        """)]
    private static partial Regex Code();
}
