using CleanMessaging.Application.Conversations;
using CleanMessaging.WebApi.Responses;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>Examples of what users do with a conversation for themselves.</summary>
internal static class PersonalExamples
{
    public static readonly PersonalState Unchanged = new(
        Revision: 0, Archived: false, ArchivedForever: false, Deleted: false, PinnedAt: null, MutedUntil: null, ClearedThrough: 0);

    private static readonly DateTimeOffset _at = Examples.Answer.CreatedAt.AddMinutes(10);

    public static readonly ArchiveRequest Archive = new() { ThroughSequence = Examples.Answer.Sequence };

    public static readonly ArchiveRequest ArchiveForever = new() { ThroughSequence = Examples.Answer.Sequence, Forever = true };

    public static readonly Envelope<PersonalState> Archived = Envelope.Of(Unchanged with { Revision = 1, Archived = true });

    public static readonly Envelope<PersonalState> NotArchived = Envelope.Of(Unchanged);

    public static readonly Envelope<PersonalState> Restored = Envelope.Of(Unchanged with { Revision = 2 });

    public static readonly MuteRequest Mute = new() { Until = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero) };

    public static readonly MuteRequest MuteForever = new();

    public static readonly Envelope<PersonalState> Muted = Envelope.Of(Unchanged with { Revision = 1, MutedUntil = Mute.Until });

    public static readonly Envelope<PersonalState> Pinned = Envelope.Of(Unchanged with { Revision = 1, PinnedAt = _at });

    public static readonly ThroughRequest Through = new(Examples.Answer.Sequence);

    public static readonly Envelope<PersonalState> Cleared =
        Envelope.Of(Unchanged with { Revision = 1, ClearedThrough = Examples.Answer.Sequence });

    public static readonly Envelope<PersonalState> Deleted = Envelope.Of(Cleared.Data with { Deleted = true });

    public static readonly Envelope<PersonalState> OnlyCleared = Cleared;

    public static readonly HideRequest Hide = new(Examples.Answer.ConversationId, [Examples.Answer.Id]);

    public static readonly Envelope<HiddenMessages> Hidden = Envelope.Of(new HiddenMessages(Hidden: 1, PersonalRevision: 1));
}
