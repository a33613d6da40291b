using CleanMessaging.Application.Conversations;
using CleanMessaging.WebApi.Responses;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>Examples of what users do with a conversation for themselves.</summary>
internal static class PersonalExamples
{
    private static readonly PersonalState _unchanged = Examples.FoundConversation.Data.Personal;

    private static readonly DateTimeOffset _at = Examples.Answer.CreatedAt.AddMinutes(10);

    public static readonly ArchiveRequest Archive = new() { ThroughSequence = Examples.Answer.Sequence };

    public static readonly ArchiveRequest ArchiveForever = new() { ThroughSequence = Examples.Answer.Sequence, Forever = true };

    public static readonly Envelope<PersonalState> Archived = Envelope.Of(_unchanged with { Revision = 1, Archived = true });

    public static readonly Envelope<PersonalState> Restored = Envelope.Of(_unchanged with { Revision = 2 });

    public static readonly MuteRequest Mute = new() { Until = _at.AddHours(8) };

    public static readonly MuteRequest MuteForever = new();

    public static readonly Envelope<PersonalState> Muted = Envelope.Of(_unchanged with { Revision = 1, MutedUntil = Mute.Until });

    public static readonly Envelope<PersonalState> Pinned = Envelope.Of(_unchanged with { Revision = 1, PinnedAt = _at });

    public static readonly ThroughRequest Through = new(Examples.Answer.Sequence);

    public static readonly Envelope<PersonalState> Cleared =
        Envelope.Of(_unchanged with { Revision = 1, ClearedThrough = Examples.Answer.Sequence });

    public static readonly HideRequest Hide = new(Examples.Answer.ConversationId, [Examples.Answer.Id]);

    public static readonly Envelope<HiddenMessages> Hidden = Envelope.Of(new HiddenMessages(Hidden: 1, PersonalRevision: 1));
}
