namespace CleanMessaging.Api.Tests.Messages.Model;

/// <summary>A participant of <see cref="PlainConversation"/>, with the rules of the personal state.</summary>
internal sealed class PlainParticipant(Guid userId)
{
    private static readonly DateTimeOffset _noEnd = new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero).AddMicroseconds(999_999);

    public Guid UserId { get; } = userId;

    /// <summary>The steps of the read pointer, in ascending order.</summary>
    public List<(long UpTo, DateTimeOffset At)> ReadMarks { get; } = [];

    public long LastRead => ReadMarks.Count > 0 ? ReadMarks[^1].UpTo : 0;

    public long PersonalRevision { get; private set; }

    /// <summary>The hidden sequences, each with the personal revision that hid it.</summary>
    public Dictionary<long, long> Hidden { get; } = [];

    public long ClearedThrough { get; private set; }

    public long? DeletedThrough { get; private set; }

    public long? ArchivedThrough { get; private set; }

    public bool IsArchivedForever { get; private set; }

    public DateTimeOffset? PinnedAt { get; private set; }

    public DateTimeOffset? MutedUntil { get; private set; }

    public bool IsArchived(long lastSequence) => IsArchivedForever || ArchivedThrough >= lastSequence;

    public bool IsDeleted(long lastSequence) => DeletedThrough >= lastSequence;

    /// <summary>Whether the participant has neither hidden nor cleared a message.</summary>
    public bool Keeps(PlainMessage message) => message.Sequence > ClearedThrough && !Hidden.ContainsKey(message.Sequence);

    public bool Sees(PlainMessage message, DateTimeOffset now) => message.DeletedAt is null && !message.IsExpired(now) && Keeps(message);

    public bool SeesDeletionOf(PlainMessage message, DateTimeOffset now) => message.DeletedAt is not null && !message.IsExpired(now) && Keeps(message);

    /// <summary>When the participant read a message of the other one; null if it is unread.</summary>
    public DateTimeOffset? ReadAt(long sequence) => ReadMarks.Where(mark => mark.UpTo >= sequence).Select(mark => (DateTimeOffset?)mark.At).FirstOrDefault();

    /// <summary>Hides messages; returns how many were not hidden or cleared before.</summary>
    public int Hide(IEnumerable<PlainMessage> messages)
    {
        var kept = messages.Distinct().Where(Keeps).ToList();
        if (kept.Count == 0)
            return 0;

        PersonalRevision++;
        foreach (var message in kept)
            Hidden.Add(message.Sequence, PersonalRevision);

        return kept.Count;
    }

    public void Clear(long through, long lastSequence)
    {
        if (Math.Min(through, lastSequence) <= ClearedThrough)
            return;

        ClearedThrough = Math.Min(through, lastSequence);
        PersonalRevision++;
    }

    public void Delete(long through, long lastSequence)
    {
        if (through < lastSequence)
        {
            Clear(through, lastSequence);
            return;
        }

        if (lastSequence <= ClearedThrough && DeletedThrough >= lastSequence)
            return;

        (ClearedThrough, DeletedThrough) = (lastSequence, lastSequence);
        (ArchivedThrough, IsArchivedForever, PinnedAt) = (null, false, null);
        PersonalRevision++;
    }

    public void Archive(long through, bool forever, long lastSequence)
    {
        var changes = forever ? !IsArchivedForever : through >= lastSequence && !IsArchived(lastSequence);
        if (!changes)
            return;

        (ArchivedThrough, IsArchivedForever, PinnedAt) = (forever ? null : lastSequence, forever, null);
        PersonalRevision++;
    }

    public void Unarchive()
    {
        if (ArchivedThrough is null && !IsArchivedForever)
            return;

        (ArchivedThrough, IsArchivedForever) = (null, false);
        PersonalRevision++;
    }

    /// <summary>Mutes the conversation; returns the code of the error.</summary>
    public string? Mute(DateTimeOffset? until, DateTimeOffset now)
    {
        if (until <= now)
            return "conversation.mute_in_the_past";

        if (MutedUntil != (until ?? _noEnd))
            PersonalRevision++;

        MutedUntil = until ?? _noEnd;

        return null;
    }

    public void Unmute()
    {
        if (MutedUntil is not null)
            PersonalRevision++;

        MutedUntil = null;
    }

    public void Pin(DateTimeOffset now)
    {
        if (PinnedAt is not null)
            return;

        (DeletedThrough, ArchivedThrough, IsArchivedForever, PinnedAt) = (null, null, false, now);
        PersonalRevision++;
    }

    public void Unpin()
    {
        if (PinnedAt is not null)
            PersonalRevision++;

        PinnedAt = null;
    }
}
