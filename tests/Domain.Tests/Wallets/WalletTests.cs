using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Domain.Tests.Wallets;

public sealed class WalletTests
{
    private static readonly ConversationId _conversationId = new(new Guid("019534a0-0000-7000-8000-0000000000c1"));
    private static readonly MessageId _messageId = new(new Guid("019534a0-0000-7000-8000-0000000000c2"));

    [Fact]
    public void CreditMax_Always_IsATrillion() => Wallet.CreditMax.ShouldBe(1_000_000_000_000);

    [Fact]
    public void Open_WithoutPoints_HasNoLine()
    {
        var wallet = Wallet.Open(Given.Investor.Id, 0, Given.Noon);

        wallet.UserId.ShouldBe(Given.Investor.Id);
        wallet.Balance.ShouldBe(0);
        wallet.LastNumber.ShouldBe(0);
        wallet.NewTransactions.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000_000_000_000)]
    public void Open_WithPoints_ExplainsThemWithAGrant(long points)
    {
        var wallet = Wallet.Open(Given.Investor.Id, points, Given.Noon.AddTicks(9));

        wallet.Balance.ShouldBe(points);
        var line = wallet.NewTransactions.ShouldHaveSingleItem();
        line.Id.Version.ShouldBe(7);
        line.ShouldSatisfyAllConditions(
            () => line.UserId.ShouldBe(Given.Investor.Id),
            () => line.Number.ShouldBe(1),
            () => line.Type.ShouldBe(WalletTransactionType.Grant),
            () => line.Amount.ShouldBe(points),
            () => line.BalanceAfter.ShouldBe(points),
            () => line.MessageId.ShouldBeNull(),
            () => line.ConversationId.ShouldBeNull(),
            () => line.ReversesId.ShouldBeNull(),
            () => line.Reason.ShouldBeNull(),
            () => line.ActorId.ShouldBeNull(),
            () => line.IdempotencyKey.ShouldBeNull(),
            () => line.CreatedAt.ShouldBe(Given.Noon));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1_000_000_000_001)]
    public void Open_WithGrantOutOfRange_IsRejected(long points) =>
        ThrownError.CodeOf(() => Wallet.Open(Given.Investor.Id, points, Given.Noon)).ShouldBe("wallet.invalid_amount");

    [Theory]
    [InlineData(0)]
    [InlineData(501)]
    public void Credit_WithReasonOfBadLength_IsRejected(int length) =>
        ThrownError.CodeOf(() => WalletOf(5).Credit(1, new string('x', length), Given.AdminId, "key", Given.Noon))
            .ShouldBe("wallet.invalid_reason");

    [Theory]
    [InlineData(" ")]
    [InlineData("a\0")]
    [InlineData("\u200B \u2060")]
    public void Credit_WithUnusableReason_IsRejected(string reason) =>
        ThrownError.CodeOf(() => WalletOf(5).Credit(1, reason, Given.AdminId, "key", Given.Noon)).ShouldBe("wallet.invalid_reason");

    [Fact]
    public void Credit_WithLongestReasonAndKey_IsAccepted() =>
        WalletOf(5).Credit(1, new string('x', 500), Given.AdminId, new string('k', 200), Given.Noon).Amount.ShouldBe(1);

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("schlüssel")]
    public void Credit_WithUnusableKey_IsRejected(string key) =>
        ThrownError.CodeOf(() => WalletOf(5).Credit(1, "Because", Given.AdminId, key, Given.Noon))
            .ShouldBe("wallet.invalid_idempotency_key");

    [Fact]
    public void Credit_WithKeyTooLong_IsRejected() =>
        ThrownError.CodeOf(() => WalletOf(5).Credit(1, "Because", Given.AdminId, new string('k', 201), Given.Noon))
            .ShouldBe("wallet.invalid_idempotency_key");

    [Fact]
    public void Reverse_WithoutReason_IsRejected()
    {
        var wallet = WalletOf(5);
        var credit = wallet.Credit(1, "Because", Given.AdminId, "key", Given.Noon);

        ThrownError.CodeOf(() => wallet.Reverse(credit, reversedBefore: false, " ", Given.AdminId, Given.Noon))
            .ShouldBe("wallet.invalid_reason");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000_000_000_000)]
    public void Credit_InRange_AddsThePointsWithALine(long points)
    {
        var wallet = WalletOf(5);

        var line = wallet.Credit(points, "Invoice 7", Given.AdminId, "key-1", Given.Noon.AddHours(1));

        wallet.Balance.ShouldBe(5 + points);
        wallet.LastNumber.ShouldBe(2);
        wallet.NewTransactions[^1].ShouldBeSameAs(line);
        line.ShouldSatisfyAllConditions(
            () => line.UserId.ShouldBe(Given.Investor.Id),
            () => line.Number.ShouldBe(2),
            () => line.Type.ShouldBe(WalletTransactionType.TopUp),
            () => line.Amount.ShouldBe(points),
            () => line.BalanceAfter.ShouldBe(5 + points),
            () => line.Reason.ShouldBe("Invoice 7"),
            () => line.ActorId.ShouldBe(Given.AdminId),
            () => line.IdempotencyKey.ShouldBe("key-1"),
            () => line.ReversesId.ShouldBeNull(),
            () => line.CreatedAt.ShouldBe(Given.Noon.AddHours(1)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1_000_000_000_001)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void Credit_OutOfRange_IsRejectedAndChangesNothing(long points)
    {
        var wallet = WalletOf(5);
        var before = State.Of(wallet);

        ThrownError.CodeOf(() => wallet.Credit(points, "Invoice 7", Given.AdminId, "key-1", Given.Noon)).ShouldBe("wallet.invalid_amount");

        State.Of(wallet).ShouldBe(before);
    }

    [Fact]
    public void Credit_UpToTheLargestBalance_IsAccepted()
    {
        var wallet = WalletHolding(long.MaxValue - 5);

        wallet.Credit(5, "Invoice 7", Given.AdminId, "key-1", Given.Noon).BalanceAfter.ShouldBe(long.MaxValue);

        wallet.Balance.ShouldBe(long.MaxValue);
    }

    [Fact]
    public void Credit_BeyondTheLargestBalance_IsRejectedAndChangesNothing()
    {
        var wallet = WalletHolding(long.MaxValue - 5);
        var before = State.Of(wallet);

        ThrownError.CodeOf(() => wallet.Credit(6, "Invoice 7", Given.AdminId, "key-1", Given.Noon)).ShouldBe("wallet.balance_too_large");

        State.Of(wallet).ShouldBe(before);
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(10, 9)]
    [InlineData(0, 0)]
    public void EnsureCovers_WithinBalance_IsAcceptedAndChangesNothing(long balance, long points)
    {
        var wallet = WalletOf(balance);
        var before = State.Of(wallet);

        Should.NotThrow(() => wallet.EnsureCovers(points));

        State.Of(wallet).ShouldBe(before);
    }

    [Fact]
    public void EnsureCovers_BeyondBalance_ReportsPriceAndBalanceAndWhenTheFreeQuotaReturns()
    {
        var wallet = WalletOf(9);
        var resetsAt = Given.Instant("2026-03-11T00:00:00Z");

        var error = ThrownError.Of(() => wallet.EnsureCovers(10, resetsAt));

        error.Code.ShouldBe("wallet.insufficient_balance");
        error.ShouldHaveDetails(("price", 10L), ("balance", 9L), ("resetsAt", resetsAt));
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(11, 1)]
    public void Spend_WithinBalance_IsChargedWithALine(long balance, long expectedBalance)
    {
        var wallet = WalletOf(balance);

        var line = wallet.Spend(10, Given.Noon.AddHours(1), _conversationId, _messageId);

        wallet.Balance.ShouldBe(expectedBalance);
        line.ShouldSatisfyAllConditions(
            () => line.Number.ShouldBe(2),
            () => line.Type.ShouldBe(WalletTransactionType.Spend),
            () => line.Amount.ShouldBe(-10),
            () => line.BalanceAfter.ShouldBe(expectedBalance),
            () => line.ConversationId.ShouldBe(_conversationId),
            () => line.MessageId.ShouldBe(_messageId),
            () => line.Reason.ShouldBeNull(),
            () => line.ActorId.ShouldBeNull(),
            () => line.CreatedAt.ShouldBe(Given.Noon.AddHours(1)));
        wallet.DomainEvents.ShouldHaveSingleItem()
            .ShouldBe(new WalletCharged(new UserId(Given.Investor.Id), new TransactionId(line.Id), 10, expectedBalance, _conversationId, _messageId));
    }

    [Fact]
    public void Spend_ForAConversation_NamesNoMessage()
    {
        var wallet = WalletOf(10);

        var line = wallet.Spend(4, Given.Noon, _conversationId);

        line.MessageId.ShouldBeNull();
        wallet.DomainEvents.ShouldHaveSingleItem().ShouldBe(new WalletCharged(new UserId(Given.Investor.Id), new TransactionId(line.Id), 4, 6, _conversationId, null));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void Spend_BeyondBalance_IsRejectedAndChangesNothing(long balance)
    {
        var wallet = WalletOf(balance);
        var before = State.Of(wallet);

        var error = ThrownError.Of(() => wallet.Spend(10, Given.Noon, _conversationId));

        error.Code.ShouldBe("wallet.insufficient_balance");
        error.ShouldHaveDetails(("price", 10L), ("balance", balance));
        State.Of(wallet).ShouldBe(before);
        wallet.DomainEvents.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(1_000_000_000_001)]
    public void Spend_OutOfRange_IsRejectedAndChangesNothing(long points)
    {
        var wallet = WalletOf(10);
        var before = State.Of(wallet);

        ThrownError.CodeOf(() => wallet.Spend(points, Given.Noon, _conversationId)).ShouldBe("wallet.invalid_amount");

        State.Of(wallet).ShouldBe(before);
    }

    [Fact]
    public void Reverse_OfASpend_GivesThePointsBackWithALinkedLine()
    {
        var wallet = WalletOf(30);
        var spend = wallet.Spend(10, Given.Noon, _conversationId, _messageId);

        var reversal = wallet.Reverse(spend, reversedBefore: false, "Sent twice", Given.AdminId, Given.Noon.AddHours(1));

        wallet.Balance.ShouldBe(30);
        wallet.NewTransactions[^1].ShouldBeSameAs(reversal);
        reversal.ShouldSatisfyAllConditions(
            () => reversal.Number.ShouldBe(3),
            () => reversal.Type.ShouldBe(WalletTransactionType.Reversal),
            () => reversal.Amount.ShouldBe(10),
            () => reversal.BalanceAfter.ShouldBe(30),
            () => reversal.ReversesId.ShouldBe(spend.Id),
            () => reversal.MessageId.ShouldBe(_messageId),
            () => reversal.ConversationId.ShouldBe(_conversationId),
            () => reversal.Reason.ShouldBe("Sent twice"),
            () => reversal.ActorId.ShouldBe(Given.AdminId),
            () => reversal.IdempotencyKey.ShouldBeNull(),
            () => reversal.CreatedAt.ShouldBe(Given.Noon.AddHours(1)));
        spend.Amount.ShouldBe(-10);
        spend.BalanceAfter.ShouldBe(20);
    }

    [Fact]
    public void Reverse_OfACredit_TakesThePointsAway()
    {
        var wallet = WalletOf(1);
        var credit = wallet.Credit(50, "Invoice 7", Given.AdminId, "key-1", Given.Noon);

        var reversal = wallet.Reverse(credit, reversedBefore: false, "Wrong account", Given.AdminId, Given.Noon);

        wallet.Balance.ShouldBe(1);
        reversal.Amount.ShouldBe(-50);
        reversal.ReversesId.ShouldBe(credit.Id);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Reverse_OfAGrantUpToTheBalance_TakesThePointsAway(long kept)
    {
        var wallet = WalletOf(10);
        if (kept > 0)
            wallet.Credit(kept, "Invoice 7", Given.AdminId, "key-1", Given.Noon).Amount.ShouldBe(kept);

        wallet.Reverse(wallet.NewTransactions[0], reversedBefore: false, "Mistake", Given.AdminId, Given.Noon).Amount.ShouldBe(-10);

        wallet.Balance.ShouldBe(kept);
    }

    [Fact]
    public void Reverse_OfPointsSpentSince_IsRejectedAndChangesNothing()
    {
        var wallet = WalletOf(10);
        wallet.Spend(1, Given.Noon, _conversationId).Amount.ShouldBe(-1);
        var before = State.Of(wallet);

        var error = ThrownError.Of(() => wallet.Reverse(wallet.NewTransactions[0], false, "Mistake", Given.AdminId, Given.Noon));

        error.Code.ShouldBe("wallet.reversal_exceeds_balance");
        error.ShouldHaveDetails(("amount", 10L), ("balance", 9L));
        State.Of(wallet).ShouldBe(before);
    }

    [Fact]
    public void Reverse_ASecondTime_IsRejectedAndChangesNothing()
    {
        var wallet = WalletOf(30);
        var spend = wallet.Spend(10, Given.Noon, _conversationId);
        wallet.Reverse(spend, reversedBefore: false, "Sent twice", Given.AdminId, Given.Noon).Amount.ShouldBe(10);
        var before = State.Of(wallet);

        ThrownError.CodeOf(() => wallet.Reverse(spend, reversedBefore: true, "Again", Given.AdminId, Given.Noon))
            .ShouldBe("wallet.already_reversed");

        State.Of(wallet).ShouldBe(before);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reverse_OfAReversal_IsRejectedAndChangesNothing(bool reversedBefore)
    {
        var wallet = WalletOf(30);
        var spend = wallet.Spend(10, Given.Noon, _conversationId);
        var reversal = wallet.Reverse(spend, reversedBefore: false, "Sent twice", Given.AdminId, Given.Noon);
        var before = State.Of(wallet);

        ThrownError.CodeOf(() => wallet.Reverse(reversal, reversedBefore, "Undo", Given.AdminId, Given.Noon))
            .ShouldBe("wallet.not_reversible");

        State.Of(wallet).ShouldBe(before);
    }

    [Fact]
    public void Reverse_BeyondTheLargestBalance_IsRejectedAndChangesNothing()
    {
        var wallet = WalletHolding(long.MaxValue);
        var spend = wallet.Spend(10, Given.Noon, _conversationId);
        wallet.Credit(10, "Invoice 7", Given.AdminId, "key-1", Given.Noon).BalanceAfter.ShouldBe(long.MaxValue);
        var before = State.Of(wallet);

        ThrownError.CodeOf(() => wallet.Reverse(spend, false, "Sent twice", Given.AdminId, Given.Noon))
            .ShouldBe("wallet.balance_too_large");

        State.Of(wallet).ShouldBe(before);
    }

    [Fact]
    public void Reverse_OfAnotherWalletsLine_IsAProgrammersErrorAndChangesNothing()
    {
        var wallet = WalletOf(30);
        var others = Wallet.Open(Given.Startup.Id, 10, Given.Noon);
        var before = State.Of(wallet);

        Should.Throw<ArgumentException>(() => wallet.Reverse(others.NewTransactions[0], false, "Mistake", Given.AdminId, Given.Noon));

        State.Of(wallet).ShouldBe(before);
    }

    [Fact]
    public void Lines_OfManyChanges_AreNumberedWithoutGapsAndExplainTheBalance()
    {
        var wallet = WalletOf(100);
        var spend = wallet.Spend(30, Given.Noon, _conversationId);
        wallet.Credit(7, "Invoice 7", Given.AdminId, "key-1", Given.Noon).BalanceAfter.ShouldBe(77);
        wallet.Reverse(spend, false, "Sent twice", Given.AdminId, Given.Noon).BalanceAfter.ShouldBe(107);

        wallet.NewTransactions.Select(line => line.Number).ShouldBe([1L, 2L, 3L, 4L]);
        wallet.NewTransactions.Select(line => line.Amount).ShouldBe([100L, -30L, 7L, 30L]);
        wallet.NewTransactions.Select(line => line.BalanceAfter).ShouldBe([100L, 70L, 77L, 107L]);
        wallet.LastNumber.ShouldBe(4);
        wallet.Balance.ShouldBe(107);
    }

    private static Wallet WalletOf(long points) => Wallet.Open(Given.Investor.Id, points, Given.Noon);

    /// <summary>
    /// Creates a wallet with a balance that credits cannot reach within a test. Sets the property directly, as when a row is loaded.
    /// </summary>
    private static Wallet WalletHolding(long balance)
    {
        var wallet = WalletOf(0);
        typeof(Wallet).GetProperty(nameof(Wallet.Balance)).ShouldNotBeNull().SetValue(wallet, balance);

        return wallet;
    }
}
