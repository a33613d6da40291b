using System.Net;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Api;

/// <summary>
/// Tests that the client matches the server's OpenAPI document. A new route or member without a counterpart in the client fails here.
/// </summary>
public sealed partial class ContractTests(DocumentFixture fixture) : IClassFixture<DocumentFixture>
{
    private static readonly string[] _ofEveryProblem = ["type", "title", "status", "success", "code", "traceId", "retryable"];

    /// <summary>
    /// Members that are null only for the client: the data of a failed response, and who is typing if an earlier server does not say it.
    /// </summary>
    private static readonly string[] _nullableHere = ["data", "typing"];

    private int _compared;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Operations_OfTheDocument_HaveATypedCallEach()
    {
        fixture.Operations.Count.ShouldBeGreaterThan(20);

        TypedCall.All.Select(call => call.Id).Order().ShouldBe(fixture.Operations.Select(operation => operation.Id).Order());
    }

    [Fact]
    public async Task TypedCalls_MadeWithEverything_AskTheOperationWithEveryParameterAndMember()
    {
        foreach (var call in TypedCall.All)
        {
            var operation = OperationOf(call);
            using var server = new ScriptedServer(_ => ScriptedServer.Problem(HttpStatusCode.Conflict, "test.asked"));
            using var client = new MessagingClient(new Uri("http://localhost"), handler: server);
            await client.Api.Tokens.SignInAsync(Given.Credentials("1", DateTimeOffset.MaxValue), Cancellation);

            if (call.Id == "logOut")
                await call.Make(client, Cancellation);
            else
                (await Should.ThrowAsync<MessagingException>(() => call.Make(client, Cancellation))).Code.ShouldBe("test.asked");

            var asked = server.Requests.ShouldHaveSingleItem();
            var query = asked.Line.Split('?').Skip(1).SelectMany(pairs => pairs.Split('&')).Select(pair => pair.Split('=')[0]);
            asked.Line.Split('?')[0].ShouldMatch($"^{Placeholder().Replace(operation.ToString(), "[0-9a-f-]{36}")}$");
            query.ShouldBe(NamesOf(operation, "query"), ignoreOrder: true, operation.ToString());
            NamesOf(operation, "header").ShouldBeSubsetOf(asked.Headers, operation.ToString());
            (asked.Token is not null).ShouldBe(operation.NeedsToken, operation.ToString());
            MembersOf(asked.Body)
                .ShouldBe(
                    PropertiesOf(operation.Request?.GetProperty("schema")).Select(property => property.Name),
                    ignoreOrder: true,
                    operation.ToString());
        }
    }

    [Fact]
    public void Records_OfRequestsAndAnswers_HaveExactlyTheMembersOfTheirSchemas()
    {
        var faults = new List<string>();
        foreach (var call in TypedCall.All)
        {
            var operation = OperationOf(call);
            (call.Request is null).ShouldBe(operation.Request is null, operation.ToString());
            if (operation.Request is { } request)
                faults.AddRange(Compare(request.GetProperty("schema"), call.Request!, $"{call.Id} request"));
            foreach (var answer in operation.Answers)
                faults.AddRange(Compare(answer.GetProperty("schema"), call.Answer, $"{call.Id} answer"));
        }

        faults.ShouldBeEmpty();
        _compared.ShouldBeGreaterThan(200);
    }

    [Fact]
    public void Errors_OfEveryExample_BecomeExceptionsWithTheirNumbers()
    {
        var seen = new HashSet<Type>();
        foreach (
            var example in fixture.Operations.SelectMany(operation => operation.Errors)
                .SelectMany(rejection => DescribedOperation.ExamplesOf(rejection.Content)))
        {
            var exception = ProblemReader.Read(example.GetRawText()).ShouldNotBeNull(example.ToString()).ToException();
            seen.Add(exception.GetType());

            exception.Code.ShouldBe(example.GetProperty("code").GetString());
            exception.Message.ShouldBe(example.GetProperty("title").GetString());
            exception.Status.ShouldBe(example.GetProperty("status").GetInt32());
            exception.IsRetryable.ShouldBe(example.GetProperty("retryable").GetBoolean());
            exception.TraceId.ShouldBe(example.GetProperty("traceId").GetString());
            foreach (var detail in example.EnumerateObject().Where(member => !_ofEveryProblem.Contains(member.Name)))
                EventOf(exception, detail.Name).ShouldBe(ValueOf(detail), $"{exception.Code}: {detail.Name}");
        }

        seen.ShouldBe(
            [
                typeof(MessagingException), typeof(InvalidRequestException), typeof(NotFoundException), typeof(ConsentRequiredException),
                typeof(InsufficientBalanceException), typeof(PriceChangedException), typeof(ReversalExceedsBalanceException), typeof(ChangeRejectedException),
                typeof(RateLimitedException), typeof(SignedOutException), typeof(ServerUnavailableException), typeof(UploadRejectedException), typeof(FeatureDisabledException),
                typeof(PurgeTooRecentException),
            ],
            ignoreOrder: true);
    }

    [Fact]
    public void MessagingLimits_OfTheClient_AreThoseOfTheServer()
    {
        MaximumOf("sendMessage", "expirationHours").ShouldBe(MessagingLimits.ExpirationHours);
        MaximumOf("setUserQuota", "dailyFreeLimit").ShouldBe(MessagingLimits.DailyFreeLimit);
        MaximumOf("setUserQuota", "pointsPerMessage").ShouldBe(MessagingLimits.PointsPerMessage);
        MaximumOf("creditWallet", "amount").ShouldBe(MessagingLimits.CreditAmount);
        MaximumOf("purgeExpiredMessages", "atMost").ShouldBe(MessagingLimits.PurgedMessages);

        // The document has no lengths of texts: the server checks them with its own code.
        MessagingLimits.ContentLength.ShouldBe(Domain.Messages.MessageContent.MaxLength);
        MessagingLimits.ReasonLength.ShouldBe(Domain.Text.Reason.MaxLength);
        MessagingLimits.Attachments.ShouldBe(Domain.Attachments.MessageAttachments.Max);
        MessagingLimits.FileNameLength.ShouldBe(Domain.Attachments.AttachmentName.MaxLength);
        MessagingLimits.FileDescriptionLength.ShouldBe(Domain.Attachments.AttachmentName.DescriptionMaxLength);
        MessagingLimits.VoiceMilliseconds.ShouldBe(Domain.Attachments.VoiceNote.DurationMsMax);
        MessagingLimits.VoiceBytes.ShouldBe((int)Domain.Attachments.VoiceNote.MaxBytes);
        MessagingLimits.Links.ShouldBe(Application.Attachments.CreateMediaLinksQuery.AttachmentsMax);
        MessagingLimits.QueryLength.ShouldBe(Domain.Search.SearchTerms.QueryMaxLength);
        MessagingLimits.SearchLength.ShouldBe(Domain.Users.UserSearchText.SearchMaxLength);
    }

    [Fact]
    public void Records_OfTheHub_HaveTheMembersThatTheServerReadsAndReturns()
    {
        ShouldBeAsRead<JoinCall, Infrastructure.Realtime.JoinRequest>();
        ShouldBeAsRead<LeaveCall, Infrastructure.Realtime.LeaveRequest>();
        ShouldBeAsRead<TypingCall, Infrastructure.Realtime.TypingRequest>();
        ShouldBeNotified<NewMessageEvent, Infrastructure.Realtime.NewMessageEvent>();
        ShouldBeNotified<MessageChangedEvent, Infrastructure.Realtime.MessageChangedEvent>();
        ShouldBeNotified<MessageDeletedEvent, Infrastructure.Realtime.MessageDeletedEvent>();
        ShouldBeNotified<PersonalChangedEvent, Infrastructure.Realtime.PersonalChangedEvent>();
        ShouldBeNotified<ExpirationChangedEvent, Infrastructure.Realtime.ExpirationChangedEvent>();
        ShouldBeNotified<TypingEvent, Infrastructure.Realtime.TypingEvent>();
        ShouldBeNotified<ReadEvent, Infrastructure.Realtime.ReadEvent>();
        ShouldBeNotified<ConversationUpdatedEvent, Infrastructure.Realtime.ConversationUpdatedEvent>();
        ShouldBeNotified<SyncNeededEvent, Infrastructure.Realtime.SyncNeededEvent>();
        ShouldBeNotified<ServerDrainingEvent, Infrastructure.Realtime.ServerDrainingEvent>();
        typeof(Infrastructure.Realtime.IMessagingClient).GetMethods().Select(method => method.Name).ShouldBe(
            ["Connected", "Joined", "NewMessage", "MessageChanged", "MessageDeleted", "ExpirationChanged", "Typing", "Read", "ConversationUpdated", "PersonalChanged", "SyncNeeded", "ServerDraining"],
            ignoreOrder: true);
    }

    private static void ShouldBeAsRead<TOurs, TTheirs>() =>
        NamesOf<TOurs>().ShouldBe(NamesOf<TTheirs>(), ignoreOrder: true, typeof(TOurs).Name);

    private static void ShouldBeNotified<TOurs, TTheirs>() => NamesOf<TOurs>().ShouldBeSubsetOf(NamesOf<TTheirs>(), typeof(TOurs).Name);

    private static IEnumerable<string> NamesOf<T>() => typeof(T).GetProperties().Select(property => property.Name);

    private static IEnumerable<string> NamesOf(DescribedOperation operation, string place) =>
        operation.Parameters.Where(parameter => parameter.GetProperty("in").GetString() == place)
            .Select(parameter => parameter.GetProperty("name").GetString()!);

    private static IEnumerable<string> MembersOf(string body) =>
        body.Length == 0 ? [] : JsonDocument.Parse(body).RootElement.EnumerateObject().Select(member => member.Name);

    /// <summary>Returns the exception's property for a member of the error response, found by the member's name.</summary>
    private static object? EventOf(MessagingException exception, string name)
    {
        if (name == "errors")
        {
            return string.Join(
                ", ",
                ((InvalidRequestException)exception).Errors.SelectMany(
                    member => member.Value.Select(fault => $"{member.Key} {fault.Code} {fault.Message}")));
        }

        var property = exception.GetType().GetProperty(char.ToUpperInvariant(name[0]) + name[1..]);

        return property.ShouldNotBeNull($"{exception.GetType().Name} has no property for {name}").GetValue(exception);
    }

    private static object? ValueOf(JsonProperty detail) => detail.Name switch
    {
        "errors" => string.Join(", ", detail.Value.EnumerateObject().SelectMany(member => member.Value.EnumerateArray().Select(fault =>
            $"{member.Name} {fault.GetProperty("code").GetString()} {fault.GetProperty("message").GetString()}"))),
        "retryAfter" => TimeSpan.FromSeconds(detail.Value.GetInt32()),
        "resetsAt" or "editableUntil" or "deletableUntil" or "expiresAt" or "latest" => detail.Value.GetDateTimeOffset(),
        "remainingFree" or "version" or "max" => detail.Value.GetInt32(),
        "feature" or "extension" => detail.Value.GetString(),
        _ => detail.Value.GetInt64(),
    };

    private static string WireName(Type type, string name) =>
        type.GetField(name)!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? name;

    private DescribedOperation OperationOf(TypedCall call) => OperationOf(call.Id);

    private DescribedOperation OperationOf(string id) => fixture.Operations.Single(operation => operation.Id == id);

    /// <summary>Returns the largest value of a member of the request.</summary>
    private long MaximumOf(string operation, string member) =>
        PropertiesOf(OperationOf(operation).Request?.GetProperty("schema")).Single(property => property.Name == member)
            .Value.GetProperty("maximum")
            .GetInt64();

    /// <summary>Returns the differences between a schema and a type, one line each.</summary>
    private List<string> Compare(JsonElement schema, Type type, string place)
    {
        schema = Resolve(schema, out _);
        if (schema.TryGetProperty("oneOf", out var choices))
        {
            // One schema is for Admins, the other for all other users, with fewer members.
            return choices.EnumerateArray().Select(choice => Compare(choice, type, place)).MinBy(faults => faults.Count)!;
        }

        var info = MessagingJson.Default.Options.GetTypeInfo(type);
        if (type.IsEnum)
        {
            var values = schema.GetProperty("enum").EnumerateArray().Select(value => value.GetString());

            return values.SequenceEqual(Enum.GetNames(type).Select(name => WireName(type, name))) ? [] : [$"{place}: has other values"];
        }

        return info.Kind switch
        {
            JsonTypeInfoKind.Enumerable => Compare(schema.GetProperty("items"), info.ElementType!, $"{place}[]"),
            JsonTypeInfoKind.Object when schema.TryGetProperty("properties", out _) => CompareMembers(schema, info, place),
            JsonTypeInfoKind.None => schema.TryGetProperty("properties", out _) ? [$"{place}: is an object"] : [],
            _ => schema.GetProperty("type").ToString() == "null" ? [] : [$"{place}: is no object"],
        };
    }

    private List<string> CompareMembers(JsonElement schema, JsonTypeInfo info, string place)
    {
        var ours = info.Properties.Where(property => property.Get is not null).ToDictionary(property => property.Name);
        var theirs = PropertiesOf(schema).ToDictionary(property => property.Name, property => property.Value);
        var required = schema.TryGetProperty("required", out var names)
            ? names.EnumerateArray().Select(name => name.GetString()).ToHashSet()
            : [];
        var faults = ours.Keys.Except(theirs.Keys).Select(name => $"{place}.{name}: is not in the schema")
            .Concat(theirs.Keys.Except(ours.Keys).Select(name => $"{place}.{name}: is not in {info.Type.Name}"))
            .ToList();
        foreach (var name in ours.Keys.Intersect(theirs.Keys))
        {
            _compared++;
            var member = Resolve(theirs[name], out var allowsNull);
            var type = Nullable.GetUnderlyingType(ours[name].PropertyType) ?? ours[name].PropertyType;
            if (ours[name].IsGetNullable != (allowsNull || !required.Contains(name)) && !_nullableHere.Contains(name))
                faults.Add($"{place}.{name}: null is allowed on one side alone");
            faults.AddRange(Compare(member, type, $"{place}.{name}"));
        }

        return faults;
    }

    private List<JsonProperty> PropertiesOf(JsonElement? schema) =>
        schema is { } given && Resolve(given, out _).TryGetProperty("properties", out var properties)
            ? [.. properties.EnumerateObject()]
            : [];

    /// <summary>Resolves a reference, and removes null from a choice.</summary>
    private JsonElement Resolve(JsonElement schema, out bool allowsNull)
    {
        allowsNull = IsNull(schema);
        if (schema.TryGetProperty("oneOf", out var choices)
            && choices.EnumerateArray().Where(choice => !IsNull(choice)).ToList() is [var only])
        {
            allowsNull = true;
            schema = only;
        }

        if (!schema.TryGetProperty("$ref", out var reference))
            return schema;

        var found = reference.GetString()!.Split('/').Skip(1).Aggregate(fixture.Document, (element, step) => element.GetProperty(step));

        return Resolve(found, out _);

        static bool IsNull(JsonElement one) =>
            one.TryGetProperty("type", out var type) && type.ToString().Contains("null", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Placeholder();
}
