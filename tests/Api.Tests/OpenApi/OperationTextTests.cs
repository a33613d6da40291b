using System.Text.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.OpenApi;

/// <summary>Tests what a reader of Swagger UI sees: the order of the operations, and the texts and examples of responses.</summary>
public sealed class OperationTextTests(DescribedServerFixture fixture) : IClassFixture<DescribedServerFixture>
{
    private const string OutcomeUnknown = "- `storage.outcome_unknown`: ";
    private const string Repeatable = "Repeat the request; repeating it does no harm.";
    private const string NotRepeatable = "Check the current state before you repeat the request.";

    private static readonly string[] _notRepeatable =
        ["registerAccount", "changePassword", "expireMessageSooner", "reverseTransaction", "cancelUpload"];

    [Fact]
    public void Messages_InTheDocument_BeginWithTheUsualOperations() =>
        IdsOf("Messages").ShouldBe(
        [
            "getMessages", "sendMessage", "editMessage", "deleteMessage", "getMessageVersions", "reactToMessage", "removeReaction",
            "expireMessageSooner", "hideMessages", "markRead", "markPlayed", "lookUpMessages", "searchMessages", "getQuota", "getRules",
        ]);

    [Fact]
    public void Conversations_InTheDocument_BeginWithTheUsualOperationsAndEndWithTheSynchronization() =>
        IdsOf("Conversations").ShouldBe(
        [
            "listConversations", "startConversation", "getConversation", "setDefaultExpiration", "archiveConversation",
            "unarchiveConversation", "muteConversation", "unmuteConversation", "pinConversation", "unpinConversation",
            "clearConversation", "deleteConversation", "getUnreadTotals", "syncConversations",
        ]);

    [Fact]
    public void UnknownOutcome_OfEveryOperation_SaysHowToRepeatIt()
    {
        foreach (var operation in fixture.Operations)
        {
            string[] expected = operation.Id switch
            {
                _ when operation.Method == "GET" => [],
                "syncConversations" or "searchMessages" or "createMediaLinks" => [],
                "sendMessage" => ["Repeat the request with the same clientMessageId to find out.", NotRepeatable],
                "beginUpload" => ["Repeat the request with the same clientUploadId to find out."],
                "creditWallet" => ["Repeat the request with the same Idempotency-Key to find out."],
                var id when _notRepeatable.Contains(id) => [NotRepeatable],
                _ => [Repeatable],
            };

            var lines = DescriptionOf(operation, 503).Split('\n')
                .Where(line => line.StartsWith(OutcomeUnknown, StringComparison.Ordinal))
                .ToList();
            lines.ShouldBe(
                expected.Select(advice => $"{OutcomeUnknown}It is not known whether the change was made. {advice}"), operation.ToString());
            if (expected.Length > 0)
                ExampleOf(operation, 503, "storage.outcome_unknown").GetProperty("retryable").GetBoolean().ShouldBe(expected[0] != NotRepeatable);
        }
    }

    [Theory]
    [InlineData("getRules")]
    [InlineData("getUnreadTotals")]
    [InlineData("getQuota")]
    public void InvalidInput_OfAnOperationWithoutInput_IsAnyQueryParameter(string id) =>
        DescriptionOf(Operation(id), 400).ShouldEndWith("    - any unknown query parameter: `malformed`");

    [Theory]
    [InlineData("archiveConversation", "archived")]
    [InlineData("deleteConversation", "deleted")]
    public void Responses_OfAConversationWithANewerMessage_HaveAnExample(string id, string member)
    {
        var examples = Operation(id).Answers.ShouldHaveSingleItem().GetProperty("examples");

        ValueOf(examples, member).ShouldBeTrue();
        ValueOf(examples, "there is a newer message").ShouldBeFalse();

        bool ValueOf(JsonElement named, string name) =>
            named.GetProperty(name).GetProperty("value").GetProperty("data").GetProperty(member).GetBoolean();
    }

    private IEnumerable<string> IdsOf(string tag) =>
        fixture.Operations
            .Where(operation => operation.Body.GetProperty("tags").EnumerateArray().Single().GetString() == tag)
            .Select(operation => operation.Id);

    private DescribedOperation Operation(string id) => fixture.Operations.Single(operation => operation.Id == id);

    private static string DescriptionOf(DescribedOperation operation, int status) =>
        operation.Responses.Single(response => response.Status == status).Response.GetProperty("description").GetString()!;

    private static JsonElement ExampleOf(DescribedOperation operation, int status, string code) =>
        operation.Errors.Single(error => error.Status == status).Content.GetProperty("examples").GetProperty(code).GetProperty("value");
}
