using System.Net;
using System.Text;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages;

public sealed class SendMessageTests(TestPostgres postgres, ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    public static readonly TheoryData<string> VerbatimTexts =
    [
        " surrounded by white space\t\r\n",
        "e\u0301 is not \u00e9",
        "\u1100\u1161\u11a8 \uac01",
        "👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 👍🏽",
        "\u202eright to left\u202c \u2066isolated\u2069",
        "شكرا שלום नमस्ते 你好",
        "Z̸̨͔̈́ä̶͓l̷g̵o",
        "\u0001\u0007\u001b[31m\u007f\u0085\u009f",
        "\ufeffmark \ufffe \uffff \ufffd",
        "zero\u200bwidth\u200dand\u2028line\u2029separators",
        "'; DROP TABLE messages; --",
        "<script>alert(1)</script> &amp; \u0022\\",
        "%s %n {0} ${jndi:ldap://x} $(id) `id` %00",
        "line one\r\nline two\rline three\nline four",
        "0", "null", "true", "NaN", "{}", ".",
        "𝒳𐍈🜁\U0010FFFF",
    ];

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task SendMessage_InParallelWithEmptyWallet_AcceptsExactlyTheFreeOnes()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        var answers = await Task.WhenAll(
            Enumerable.Range(1, 200).Select(number => investor.SendAsync(conversationId, $"Message {number}")));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(20);
        var rejected = answers.Where(answer => answer.Status != HttpStatusCode.Created).ToList();
        rejected.Count.ShouldBe(180);
        rejected.ShouldAllBe(answer => answer.Code == "wallet.insufficient_balance");
        (await _server.QueryAsync<long>($"SELECT count(*) FROM messages WHERE conversation_id = '{conversationId}'")).ShouldBe(20);
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task SendMessage_InParallelWithPointsForTen_Accepts20FreeAnd10Paid()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 105);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());

        var answers = await Task.WhenAll(
            Enumerable.Range(1, 200).Select(number => investor.SendAsync(conversationId, $"Message {number}")));

        var charges = answers
            .Where(answer => answer.Status == HttpStatusCode.Created)
            .Select(answer => answer.Body.GetProperty("charge").GetProperty("points").GetInt64())
            .ToList();
        charges.Count(points => points == 0).ShouldBe(20);
        charges.Count(points => points == 10).ShouldBe(10);
        answers.Count(answer => answer.Status == HttpStatusCode.PaymentRequired).ShouldBe(170);
        (await investor.BalanceAsync()).ShouldBe(5);
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task SendMessage_InParallelUnderOneClientMessageId_StoresAndChargesOnce()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 100);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        foreach (var number in Enumerable.Range(1, 20))
            (await investor.SendAsync(conversationId, $"Free {number}")).Expect(HttpStatusCode.Created);

        var clientMessageId = Guid.CreateVersion7();
        var answers = await Task.WhenAll(Enumerable.Range(1, 100).Select(_ => investor.SendAsync(conversationId, "Once", clientMessageId)));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(99);
        answers.Select(answer => answer.Text).Distinct().Count().ShouldBe(1);
        answers[0].Body.GetProperty("charge").GetProperty("points").GetInt64().ShouldBe(10);
        (await investor.BalanceAsync()).ShouldBe(90);
        await _server.ShouldAddUpAsync();
    }

    [Theory]
    [MemberData(nameof(VerbatimTexts))]
    public async Task SendMessage_WithAnyText_KeepsItVerbatim(string content)
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();

        var sent = (await investor.SendAsync(conversationId, content)).Expect(HttpStatusCode.Created);

        sent.Data.Content().ShouldBe(content);
        (await startup.ReadPageAsync(conversationId)).ShouldBe([content]);
        if (!EncryptedRun.IsOn)
            (await _server.QueryAsync<string>($"SELECT content FROM messages WHERE id = '{sent.Id()}'")).ShouldBe(content);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("é")]
    [InlineData("\U0001F600")]
    public async Task SendMessage_AtTheLongest_IsAcceptedAndOneCharacterMoreIsRejected(string character)
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var longest = string.Concat(Enumerable.Repeat(character, 5000));

        (await investor.SendAsync(conversationId, longest)).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(conversationId, longest + character)).FaultsOf("content").ShouldBe(["message.too_long"]);

        (await startup.ReadPageAsync(conversationId)).ShouldBe([longest]);
    }

    [Fact]
    public async Task SendMessage_WithAnUnpairedSurrogate_IsRejectedWithTheReason()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        using var body = new StringContent(
            $$"""{"conversationId":"{{conversationId}}","content":"\ud800"}""", System.Text.Encoding.UTF8, "application/json");

        var rejection = await investor.PostRawAsync("/api/messages/send", body);

        rejection.ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("content").ShouldBe(["malformed"]);
        rejection.Text.ShouldContain("unpaired surrogate");
    }

    [Theory]
    [InlineData("", "message.empty")]
    [InlineData(" \t\r\n", "message.empty")]
    [InlineData("\u00a0\u2003\u3000", "message.empty")]
    [InlineData("\u200b\u200d\ufeff", "message.empty")]
    [InlineData("a\u0000b", "message.invalid_text")]
    public async Task SendMessage_WithoutUsableText_IsRejected(string content, string code)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        (await investor.SendAsync(conversationId, content)).ExpectError(HttpStatusCode.BadRequest, "validation.failed")
            .FaultsOf("content").ShouldBe([code]);

        await ShouldHaveNoEffectAsync(investor, conversationId);
    }

    [Theory]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"a\\udc00b\"")]
    [InlineData("\"\\udc00\\ud800\"")]
    [InlineData("\"\u0081\u00ff\"")]
    [InlineData("\"\u00ed\u00a0\u0080\"")]
    public async Task SendMessage_WithTextThatIsNoUnicode_IsRejected(string json)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var body = new ByteArrayContent(Encoding.Latin1.GetBytes($$"""{"conversationId":"{{conversationId}}","content":{{json}}}"""));
        body.Headers.ContentType = new("application/json");

        var rejection = await investor.PostRawAsync("/api/messages/send", body);

        rejection.ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("content").Count.ShouldBe(1);
        await ShouldHaveNoEffectAsync(investor, conversationId);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8760)]
    public async Task SendMessage_WithExpiration_ExpiresExactlyThatManyHoursLater(int hours)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        var sent = (await investor.SendExpiringAsync(conversationId, "Until then", hours)).Expect(HttpStatusCode.Created);

        (sent.Data.Instant("expiresAt") - sent.Data.Instant("createdAt")).ShouldBe(TimeSpan.FromHours(hours));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("8761")]
    [InlineData("2147483647")]
    [InlineData("2147483648")]
    [InlineData("1.0")]
    [InlineData("0.5")]
    [InlineData("1e400")]
    [InlineData("\"1\"")]
    [InlineData("null")]
    [InlineData("true")]
    public async Task SendMessage_WithExpirationOutOfRange_IsRejectedNotClamped(string hours)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        var rejection = await PostJsonAsync(
            investor, $$"""{"conversationId":"{{conversationId}}","content":"Hello","expirationHours":{{hours}}}""");

        rejection.ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("expirationHours").Count.ShouldBe(1);
        await ShouldHaveNoEffectAsync(investor, conversationId);
    }

    [Fact]
    public async Task SendMessage_OfAnyContent_ReturnsTheWholeMessageAndItsCharge()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var clientMessageId = Guid.CreateVersion7();

        var sent = (await investor.SendAsync(conversationId, "Hello", clientMessageId)).Expect(HttpStatusCode.Created);

        sent.Body.Members().ShouldBe(["success", "data", "charge"]);
        sent.Body.GetProperty("charge").Members().ShouldBe(["points"]);
        sent.Data.Members().ShouldBe(
        [
            "id", "conversationId", "sequence", "revision", "senderId", "content", "createdAt", "updatedAt", "expiresAt", "isRead",
            "readAt", "clientMessageId", "editedAt", "version", "reactions", "replyToSequence", "attachments", "playedAt",
        ]);
        sent.Id().Version.ShouldBe(7);
        sent.Data.Sequence().ShouldBe(1);
        sent.Data.GetProperty("senderId").GetGuid().ShouldBe(investor.Id);
        sent.Data.GetProperty("clientMessageId").GetGuid().ShouldBe(clientMessageId);
        sent.Data.GetProperty("expiresAt").GetString().ShouldBeNull();
        sent.Data.GetProperty("isRead").GetBoolean().ShouldBeFalse();
        sent.Data.GetProperty("createdAt").GetString().ShouldEndWith("Z");
    }

    [Fact]
    public async Task SendMessage_Repeated_AnswersWithTheFirstAndChangesNothing()
    {
        var investor = await RegisterAtTheLimitAsync(points: 10);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        var clientMessageId = Guid.CreateVersion7();
        var first = (await investor.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.Created);
        first.Charge().ShouldBe(10);
        first.Header("Idempotency-Replayed").ShouldBeNull();
        var rows = await _server.CountsAsync();

        var replay = (await investor.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.OK);

        replay.Text.ShouldBe(first.Text);
        replay.Header("Idempotency-Replayed").ShouldBe("true");
        (await investor.BalanceAsync()).ShouldBe(0, "the wallet was empty and stays so");
        (await _server.CountsAsync()).ShouldBe(rows);
    }

    [Fact]
    public async Task SendMessage_RepeatedAgreeingToLess_AnswersWithTheFirst()
    {
        var investor = await RegisterAtTheLimitAsync(points: 10);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        var clientMessageId = Guid.CreateVersion7();
        (await investor.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.Created);

        var replay = await investor.PostAsync(
            "/api/messages/send", new { conversationId, content = "Once", clientMessageId, maxPoints = 0 });

        replay.Expect(HttpStatusCode.OK).Charge().ShouldBe(10);
    }

    [Fact]
    public async Task SendMessage_RepeatedAfterExpiry_AnswersWithTheFirstWithoutItsText()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var request = new { conversationId, content = "Gone", expirationHours = 1, clientMessageId = Guid.CreateVersion7() };
        var first = (await investor.PostAsync("/api/messages/send", request)).Expect(HttpStatusCode.Created);
        await _server.ExecuteAsync(
            $"UPDATE messages SET created_at = created_at - interval '1 hour', expires_at = expires_at - interval '1 hour' WHERE id = '{first.Id()}'");

        var replay = (await investor.PostAsync("/api/messages/send", request)).Expect(HttpStatusCode.OK);

        replay.Id().ShouldBe(first.Id());
        replay.Data.Content().ShouldBeNull();
        replay.Text.ShouldNotContain("Gone");
        replay.Header("Idempotency-Replayed").ShouldBe("true");
        (await investor.QuotaAsync()).GetProperty("messagesSentToday").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task SendMessage_RepeatedOnAnotherServer_AnswersWithTheFirst()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var clientMessageId = Guid.CreateVersion7();
        var first = (await investor.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.Created);
        await using var other = await ApiServer.StartAsync(postgres, connectionString: _server.ConnectionString);

        var replay = await (await other.LogInAsync(investor.Email)).SendAsync(conversationId, "Once", clientMessageId);

        replay.Expect(HttpStatusCode.OK).Text.ShouldBe(first.Text);
        replay.Header("Idempotency-Replayed").ShouldBe("true");
    }

    [Fact]
    public async Task SendMessage_RacedOnTwoServersUnderOneClientMessageId_StoresOnce()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var clientMessageId = Guid.CreateVersion7();
        await using var other = await ApiServer.StartAsync(postgres, connectionString: _server.ConnectionString);
        var elsewhere = await other.LogInAsync(investor.Email);

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(number =>
            (number % 2 == 0 ? investor : elsewhere).SendAsync(conversationId, "Once", clientMessageId)));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(39);
        answers.Select(answer => answer.Text).Distinct().Count().ShouldBe(1);
        (await investor.QuotaAsync()).GetProperty("messagesSentToday").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task SendMessage_WithAUsedClientMessageIdAndAnotherRequest_IsRejected()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var other = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        var clientMessageId = Guid.CreateVersion7();
        (await investor.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.Created);

        var rejections = new[]
        {
            await investor.SendAsync(conversationId, "Twice", clientMessageId),
            await investor.SendAsync(conversationId, "Once ", clientMessageId),
            await investor.SendAsync(other, "Once", clientMessageId),
            await investor.SendAsync(Guid.CreateVersion7(), "Once", clientMessageId),
            await investor.PostAsync("/api/messages/send", new { conversationId, content = "Once", clientMessageId, expirationHours = 1 }),
        };

        foreach (var rejection in rejections)
            rejection.ExpectError(HttpStatusCode.UnprocessableEntity, "message.client_id_reused");

        (await investor.QuotaAsync()).GetProperty("messagesSentToday").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task SendMessage_UnderAClientMessageIdOfTheOther_IsAMessageOfItsOwn()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var clientMessageId = Guid.CreateVersion7();

        var first = (await investor.SendAsync(conversationId, "Mine", clientMessageId)).Expect(HttpStatusCode.Created);
        var second = (await startup.SendAsync(conversationId, "Mine", clientMessageId)).Expect(HttpStatusCode.Created);

        second.Id().ShouldNotBe(first.Id());
    }

    [Fact]
    public async Task SendMessage_AfterAFailedOne_MayUseItsClientMessageId()
    {
        var investor = await RegisterAtTheLimitAsync(points: 0);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        var clientMessageId = Guid.CreateVersion7();
        (await investor.SendAsync(Guid.CreateVersion7(), "Later", clientMessageId))
            .ExpectError(HttpStatusCode.NotFound, "conversation.not_found");
        (await investor.SendAsync(conversationId, "Later", clientMessageId))
            .ExpectError(HttpStatusCode.PaymentRequired, "wallet.insufficient_balance");
        (await investor.SendAsync(conversationId, " ", clientMessageId)).Expect(HttpStatusCode.BadRequest);
        await CreditAsync(investor, 10);

        (await investor.SendAsync(conversationId, "Different now", clientMessageId)).Expect(HttpStatusCode.Created).Charge().ShouldBe(10);
    }

    [Fact]
    public async Task SendMessage_DearerThanMaxPoints_NeedsConsentAndHasNoEffect()
    {
        var investor = await RegisterAtTheLimitAsync(points: 30);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        var clientMessageId = Guid.CreateVersion7();

        var rejection = await SendForAsync(9);

        rejection.ExpectError(HttpStatusCode.PaymentRequired, "payment.consent_required");
        rejection.Body.GetProperty("price").GetInt64().ShouldBe(10);
        rejection.Body.GetProperty("balance").GetInt64().ShouldBe(30);
        (await investor.BalanceAsync()).ShouldBe(30);
        await ShouldHaveNoEffectAsync(investor, conversationId);
        (await SendForAsync(10)).Expect(HttpStatusCode.Created).Charge().ShouldBe(10);
        (await investor.BalanceAsync()).ShouldBe(20);

        Task<Answer> SendForAsync(long maxPoints) =>
            investor.PostAsync("/api/messages/send", new { conversationId, content = "Paid", clientMessageId, maxPoints });
    }

    [Fact]
    public async Task SendMessage_FreeWithMaxPointsZero_IsAccepted()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        (await investor.PostAsync("/api/messages/send", new { conversationId, content = "Free", maxPoints = 0 }))
            .Expect(HttpStatusCode.Created)
            .Charge()
            .ShouldBe(0);
        (await investor.PostAsync("/api/messages/send", new { conversationId, content = "Free", maxPoints = -1 }))
            .FaultsOf("maxPoints").ShouldBe(["payment.invalid_max_points"]);
    }

    [Fact]
    public async Task SendMessage_FreePaidOrRejected_HasTheQuotaInItsHeaders()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var first = (await investor.SendAsync(conversationId, "1")).Expect(HttpStatusCode.Created);
        foreach (var number in Enumerable.Range(2, 19))
            (await investor.SendAsync(conversationId, $"{number}")).Expect(HttpStatusCode.Created);

        var rejected = (await investor.SendAsync(conversationId, "21")).Expect(HttpStatusCode.PaymentRequired);

        first.Header("RateLimit-Policy").ShouldBe("\"free\";q=20;w=86400");
        first.Header("RateLimit")!.ShouldMatch("^\"free\";r=19;t=[0-9]+$");
        rejected.Header("RateLimit")!.ShouldMatch("^\"free\";r=0;t=[0-9]+$");
    }

    [Fact]
    public async Task SendMessage_WithoutThePoints_ReturnsPriceBalanceAndWhenItIsFreeAgain()
    {
        var investor = await RegisterAtTheLimitAsync(points: 9);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());

        var rejection = await investor.SendAsync(conversationId, "Too dear");

        rejection.ExpectError(HttpStatusCode.PaymentRequired, "wallet.insufficient_balance");
        rejection.Body.GetProperty("price").GetInt64().ShouldBe(10);
        rejection.Body.GetProperty("balance").GetInt64().ShouldBe(9);
        rejection.Body.Instant("resetsAt").ShouldBe((await investor.QuotaAsync()).Instant("resetsAt"));
        (await investor.BalanceAsync()).ShouldBe(9);
        await ShouldHaveNoEffectAsync(investor, conversationId);
    }

    [Fact]
    public async Task SendMessage_TwiceAtOnceWithOneFreeLeft_IsOneFreeAndOnePaid()
    {
        var admin = await _server.CreateAdminAsync();
        foreach (var _ in Enumerable.Range(0, 10))
        {
            var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 100);
            await SetQuotaAsync(admin, investor, dailyFreeLimit: 1);
            var one = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
            var other = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());

            var answers = await Task.WhenAll(investor.SendAsync(one, "One"), investor.SendAsync(other, "Other"));

            answers.Select(answer => answer.Expect(HttpStatusCode.Created).Charge()).Order().ShouldBe([0L, 10L]);
            (await investor.BalanceAsync()).ShouldBe(90);
        }

        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task SendMessage_ByANonParticipant_ChargesNothing()
    {
        var nonParticipant = await RegisterAtTheLimitAsync(points: 100);
        var (_, _, conversationId) = await _server.RegisterPairAsync();

        (await nonParticipant.SendAsync(conversationId, "Let me in")).ExpectError(HttpStatusCode.NotFound, "conversation.not_found");

        (await nonParticipant.BalanceAsync()).ShouldBe(100);
        (await _server.QueryAsync<long>($"SELECT count(*) FROM messages WHERE conversation_id = '{conversationId}'")).ShouldBe(0);
    }

    [Fact]
    public async Task SendMessage_By64Writers_NumbersWithoutGapsWhileAReaderFollows()
    {
        const int Writers = 64;
        const int MessagesEach = 4;
        var admin = await _server.CreateAdminAsync();
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await SetQuotaAsync(admin, investor, dailyFreeLimit: 1000);
        await SetQuotaAsync(admin, startup, dailyFreeLimit: 1000);
        var anchor = (await investor.SendAsync(conversationId, "First")).Expect(HttpStatusCode.Created);

        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(WriteAsync));
        var seen = await FollowAsync();

        await writing;
        seen.ShouldBe(Enumerable.Range(2, Writers * MessagesEach).Select(sequence => (long)sequence));
        await _server.ShouldAddUpAsync();

        async Task WriteAsync(int writer)
        {
            foreach (var number in Enumerable.Range(0, MessagesEach))
            {
                var clientMessageId = Guid.CreateVersion7();
                await InTheEndAsync(
                    () => (writer % 2 == 0 ? investor : startup).SendAsync(conversationId, $"{writer}-{number}", clientMessageId));
            }
        }

        async Task<List<long>> FollowAsync()
        {
            var sequences = new List<long>();
            var after = anchor.Id();
            while (true)
            {
                var wasDone = writing.IsCompleted;
                var page = await InTheEndAsync(
                    () => startup.GetAsync($"/api/messages?conversationId={conversationId}&after={after}&limit=7"));
                if (wasDone && page.Data.GetArrayLength() == 0)
                    return sequences;

                foreach (var message in page.Data.EnumerateArray())
                {
                    sequences.Add(message.Sequence());
                    after = message.Id();
                }
            }
        }
    }

    /// <summary>
    /// Retries a request while the server marks the error as retryable. On a busy machine some of 64 concurrent writers can time out.
    /// </summary>
    private static async Task<Answer> InTheEndAsync(Func<Task<Answer>> request)
    {
        for (var attempt = 1; ; attempt++)
        {
            var answer = await request();
            if (answer.Status is HttpStatusCode.OK or HttpStatusCode.Created)
                return answer;

            answer.Expect(HttpStatusCode.ServiceUnavailable).Body.GetProperty("retryable").GetBoolean().ShouldBeTrue();
            attempt.ShouldBeLessThan(10);
        }
    }

    private static Task<Answer> PostJsonAsync(TestUser user, string json) =>
        user.PostRawAsync("/api/messages/send", new StringContent(json, Encoding.UTF8, "application/json"));

    private static async Task SetQuotaAsync(TestUser admin, TestUser user, int dailyFreeLimit) =>
        (await admin.PutAsync($"/api/admin/users/{user.Id}/quota", new { dailyFreeLimit, pointsPerMessage = (long?)null }))
            .Expect(HttpStatusCode.OK);

    /// <summary>Creates an Investor without free messages.</summary>
    private async Task<TestUser> RegisterAtTheLimitAsync(long points)
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, points);
        await SetQuotaAsync(await _server.CreateAdminAsync(), investor, dailyFreeLimit: 0);

        return investor;
    }

    private async Task CreditAsync(TestUser user, long amount)
    {
        var admin = await _server.CreateAdminAsync();
        admin.Client.DefaultRequestHeaders.Add("Idempotency-Key", $"{Guid.CreateVersion7()}");
        (await admin.PostAsync($"/api/admin/wallets/{user.Id}/credit", new { amount, reason = "Test" })).Expect(HttpStatusCode.Created);
    }

    private async Task ShouldHaveNoEffectAsync(TestUser sender, Guid conversationId)
    {
        (await sender.QuotaAsync()).GetProperty("messagesSentToday").GetInt32().ShouldBe(0);
        (await _server.QueryAsync<long>($"SELECT count(*) FROM messages WHERE conversation_id = '{conversationId}'")).ShouldBe(0);
        (await _server.QueryAsync<long>($"SELECT last_sequence FROM conversations WHERE id = '{conversationId}'")).ShouldBe(0);
    }
}
