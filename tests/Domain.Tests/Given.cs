using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Domain.Tests;

/// <summary>Shared test data: the users and a default time.</summary>
internal static class Given
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    public static readonly TimeSpan Microsecond = TimeSpan.FromMicroseconds(1);

    public static readonly UserId AdminId = new(new Guid("019534a0-0000-7000-8000-00000000000a"));

    public static readonly UserId NonParticipantId = new(new Guid("019534a0-0000-7000-8000-00000000000f"));

    public static readonly User Investor =
        new(new Guid("019534a0-0000-7000-8000-000000000001"), "investor@example.com", "Ines", UserRole.Investor);

    public static readonly User Startup =
        new(new Guid("019534a0-0000-7000-8000-000000000002"), "startup@example.com", "Stan", UserRole.Startup);

    /// <summary>Creates a conversation that the Investor started with the Startup at noon.</summary>
    public static Conversation Conversation() => Domain.Conversations.Conversation.Start(Investor, Startup, price: 0, agreed: null, Noon);

    /// <summary>Parses an instant in UTC, such as <c>2026-03-10T23:59:59.999999Z</c>.</summary>
    public static DateTimeOffset Instant(string text) =>
        DateTimeOffset.ParseExact(text, "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", null, System.Globalization.DateTimeStyles.AssumeUniversal);
}
