namespace CleanMessaging.Client.Tests;

/// <summary>Shared test data for tests without a server.</summary>
internal static class Given
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly Guid ConversationId = Guid.Parse("01a206d5-bcec-7743-8547-8871ef22f352");

    public static readonly User Ines = new(
        Guid.Parse("01a206d5-b0e4-7b87-9ac8-f297898e0f90"), "investor@example.com", "Ines Investor", UserRole.Investor);

    public static readonly User Stan = new(
        Guid.Parse("01a206d5-b3a0-71be-82b3-c42f19b915e1"), "startup@example.com", "Stan Startup", UserRole.Startup);

    /// <summary>Creates a message from Stan that is accepted one second after the one before it.</summary>
    /// <param name="revision">The revision; by default the sequence, as for a conversation without changes.</param>
    public static Message Message(
        long sequence, long? revision = null, DateTimeOffset? expiresAt = null, Guid? conversationId = null, string? content = "") =>
        new(
            IdOf(sequence),
            conversationId ?? ConversationId,
            sequence,
            revision ?? sequence,
            Stan.Id,
            content is "" ? $"Message {sequence}, revision {revision ?? sequence}" : content,
            Noon.AddSeconds(sequence),
            Noon.AddSeconds(revision ?? sequence),
            expiresAt,
            IsRead: false,
            ReadAt: null,
            ClientMessageId: null);

    /// <summary>Creates the tombstone of a message from Stan.</summary>
    public static DeletedMessage Deleted(long sequence, long revision) =>
        new(IdOf(sequence), sequence, revision, Noon.AddSeconds(revision), "sender");

    public static Guid IdOf(long number) => new((int)number, 0, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 0]);

    public static IReadOnlyList<Message> Messages(long from, long to) => [.. Sequences(from, to).Select(sequence => Message(sequence))];

    public static IEnumerable<long> Sequences(long from, long to) =>
        Enumerable.Range((int)from, (int)(to - from) + 1).Select(sequence => (long)sequence);

    /// <summary>Creates a join result with the conversation's current numbers and without changes.</summary>
    public static JoinedConversation Numbers(long lastSequence, long? revision = null) =>
        new(ConversationId, lastSequence, revision ?? lastSequence, 0, [], Recovered: null, [], Noon);

    public static JoinedConversation Recovered(long lastSequence, long revision, IReadOnlyList<Message> messages) =>
        new(ConversationId, lastSequence, revision, 0, [], Recovered: true, messages, Noon);

    public static MessagePage Page(IReadOnlyList<Message> messages, bool hasMoreBefore = false) =>
        new(messages, hasMoreBefore, HasMoreAfter: false);

    /// <summary>Creates a conversation of Ines and Stan whose current sequence is that of its last message.</summary>
    public static Conversation Conversation(
        int number, Message? lastMessage = null, int unreadCount = 0, long readByInes = 0, long? lastSequence = null) =>
        new(
            IdOf(number),
            [new Participant(Ines.Id, Ines.DisplayName, Ines.Role, readByInes), new Participant(Stan.Id, Stan.DisplayName, Stan.Role, 0)],
            lastMessage,
            unreadCount,
            lastSequence ?? lastMessage?.Sequence ?? 0,
            lastSequence ?? lastMessage?.Revision ?? 0,
            Noon.AddMinutes(-number));

    public static Credentials Credentials(string name, DateTimeOffset expiresAt, User? user = null) =>
        new($"access {name}", expiresAt, $"refresh {name}", user ?? Ines, ExpiredMessages: 0);
}
