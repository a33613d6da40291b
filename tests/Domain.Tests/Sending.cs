using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Domain.Tests;

/// <summary>Everything that one user's send reads or changes, with default values for what a test does not set.</summary>
internal sealed class Sending(User sender, Conversation conversation, long balance, QuotaPolicy policy)
{
    public Conversation Conversation { get; } = conversation;

    public MessageQuota Quota { get; } = MessageQuota.Open(sender.Id);

    public Wallet Wallet { get; } = Wallet.Open(sender.Id, balance, Given.Noon);

    public QuotaPolicy Policy { get; } = policy;

    public UserId SenderId { get; } = new(sender.Id);

    public string State => Tests.State.Of(Conversation, Quota, Wallet);

    /// <summary>
    /// Creates the state for an Investor who sends in a new conversation, under the default policy unless another one is given.
    /// </summary>
    public static Sending ByInvestor(long balance = 0, QuotaPolicy? policy = null) =>
        new(Given.Investor, Given.Conversation(), balance, policy ?? QuotaPolicy.Default);

    public Message Send(
        DateTimeOffset now,
        long? maxPoints = null,
        string content = "Hello",
        int? expirationHours = null,
        Guid? clientMessageId = null,
        long? replyToSequence = null) => Message.Send(
            Conversation,
            Quota,
            Wallet,
            Policy,
            new MessageDraft(new UserId(sender.Id), content, expirationHours, (ClientMessageId?)clientMessageId, replyToSequence: replyToSequence),
            maxPoints,
            now);

    /// <summary>Edits a message; by default without a key ring.</summary>
    public bool Edit(Message message, string content, DateTimeOffset now, IRequestHasher? hasher = null) => message.Edit(
        Conversation, new UserId(sender.Id), content, message.Version, MessageChangePolicy.Default, hasher ?? TestHasher.None, now);

    /// <summary>Deletes a message; by default without a key ring.</summary>
    public bool Delete(Message message, DateTimeOffset now, IRequestHasher? hasher = null) => message.Delete(
        Conversation,
        new UserId(sender.Id),
        Conversation.ParticipantIds,
        MessageChangePolicy.Default,
        hasher ?? TestHasher.None,
        now);

    /// <summary>Sends a number of messages at one instant.</summary>
    public IReadOnlyList<Message> SendMany(int count, DateTimeOffset now) => [.. Enumerable.Range(0, count).Select(_ => Send(now))];
}
