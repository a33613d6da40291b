using CleanMessaging.Application.Administration;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Administration;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Retention;
using CleanMessaging.WebApi.Responses;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>Examples of the purge of expired messages, and of the record of what Admins have done.</summary>
internal static class RetentionExamples
{
    private static readonly DateTimeOffset _expiredBefore = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static readonly PurgeRequest Purge = new()
    {
        ExpiredBefore = _expiredBefore,
        AtMost = RetentionPolicy.PurgeDefault,
        Reason = "Retention period of 2025",
    };

    public static readonly Envelope<PurgedMessages> Purged =
        Envelope.Of(PurgedMessages.Of(RetentionPolicy.PurgeDefault, new DateTimeOffset(2025, 3, 14, 9, 26, 53, TimeSpan.Zero)));

    public static readonly Envelope<PurgedMessages> PurgedLast = Envelope.Of(PurgedMessages.Of(412, oldestLeft: null));

    public static readonly DomainError TooRecent = RetentionErrors.TooRecent(new DateTimeOffset(2026, 10, 24, 10, 15, 0, TimeSpan.Zero));

    public static readonly PageEnvelope<AdminActionResponse> Actions = new(
        [
            new AdminActionResponse(
                Id: new Guid("019ab0d2-5a10-7c44-8f21-0b6d3e9a7c15"),
                new DateTimeOffset(2026, 11, 23, 10, 20, 0, TimeSpan.Zero),
                ActorId: new Guid("019ab0a0-77c1-7d0e-9b3a-4f1c2d5e6a90"),
                ActorName: "Anna Admin",
                AdminAction.PurgeExpiredMessages,
                Subject: "2026-01-01T00:00:00.000000Z",
                PurgedLast.Data.Purged,
                Purge.Reason),
        ],
        new CursorPage(NextCursor: null));
}
