using BenchmarkDotNet.Attributes;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Benchmarks.Parts;

/// <summary>Measures how long the aggregates take to decide a send: all work between the two database round trips.</summary>
[MemoryDiagnoser]
public class SendDecision
{
    private static readonly User _investor = new(Guid.CreateVersion7(), "ines@example.com", "Ines", UserRole.Investor);
    private static readonly User _startup = new(Guid.CreateVersion7(), "stan@example.com", "Stan", UserRole.Startup);
    private static readonly DateTimeOffset _now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly MessageDraft _draft = new(
        new UserId(_investor.Id), "Shall we talk about the second round on Thursday?", 24, new ClientMessageId(Guid.CreateVersion7()));

    /// <summary>Uses a time zone with clock changes to calculate the start of the day.</summary>
    private static readonly QuotaPolicy _free = new(20, 10, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
    private static readonly QuotaPolicy _paid = new(0, 10, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));

    /// <summary>Only creates the aggregates, as each of the other benchmarks does first.</summary>
    [Benchmark(Baseline = true)]
    public object Aggregates() => Begin();

    [Benchmark]
    public Message FreeSend() => Send(_free);

    [Benchmark]
    public Message PaidSend() => Send(_paid);

    private static Message Send(QuotaPolicy policy)
    {
        var (conversation, quota, wallet) = Begin();

        return Message.Send(conversation, quota, wallet, policy, _draft, maxPoints: null, _now);
    }

    private static (Conversation Conversation, MessageQuota Quota, Wallet Wallet) Begin() =>
        (Conversation.Start(_investor, _startup, price: 0, agreed: null, _now),
            MessageQuota.Open(_investor.Id),
            Wallet.Open(_investor.Id, 1_000, _now));
}
