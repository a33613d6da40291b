using System.Collections.Immutable;

namespace CleanMessaging.Client;

/// <summary>
/// Tracks up to which revision and sequence all changes of a conversation are known, while changes arrive in any order, repeatedly, or not
/// at all. Immutable.
/// </summary>
internal sealed record RevisionTracker
{
    /// <summary>No change is known, and the tracker has not started.</summary>
    public static readonly RevisionTracker Empty = new();

    /// <summary>Whether a starting point is known. Before that, the tracker only collects changes.</summary>
    public bool IsStarted { get; private init; }

    /// <summary>The revision up to which every change is known.</summary>
    public long Revision { get; private init; }

    /// <summary>The sequence up to which every message is known.</summary>
    public long CompleteSequence { get; private init; }

    /// <summary>Changes beyond a gap: the sequence by the revision.</summary>
    private ImmutableSortedDictionary<long, long> Ahead { get; init; } = ImmutableSortedDictionary<long, long>.Empty;

    /// <summary>The latest revision that was known before the last start.</summary>
    private long Announced { get; init; }

    /// <summary>The latest revision that is known, with or without its predecessors.</summary>
    public long Latest => Ahead.Count == 0 ? Math.Max(Revision, Announced) : Math.Max(Math.Max(Revision, Announced), Ahead.Keys.Last());

    /// <summary>Whether a change is known whose predecessor is missing.</summary>
    public bool HasGap => IsStarted && (Ahead.Count > 0 || Revision < Announced);

    /// <summary>Adds a change. A duplicate has no effect.</summary>
    public RevisionTracker Add(long revision, long sequence)
    {
        if (revision <= Revision)
            return this;

        var added = this with { Ahead = Ahead.SetItem(revision, sequence) };

        return IsStarted ? added.Advance() : added;
    }

    /// <summary>Starts at a loaded state. Changes that were collected before the first start continue from there.</summary>
    /// <remarks>At a later start, collected changes count as a gap: they may be missing in the loaded state.</remarks>
    public RevisionTracker StartAt(long revision, long sequence)
    {
        var started = this with { IsStarted = true, Revision = revision, CompleteSequence = sequence };
        if (!IsStarted)
            return started.Advance();

        var latest = Ahead.Count == 0 ? Revision : Math.Max(Revision, Ahead.Keys.Last());

        return started with { Ahead = ImmutableSortedDictionary<long, long>.Empty, Announced = Math.Max(Announced, latest) };
    }

    /// <summary>Closes the gaps up to a revision, after all changes since <paramref name="since"/> were requested.</summary>
    /// <remarks>Does nothing if an older state was loaded since the request.</remarks>
    public RevisionTracker Recover(long since, long revision, long sequence)
    {
        if (since > Revision)
            return this;

        var recovered = this with { Revision = Math.Max(Revision, revision), CompleteSequence = Math.Max(CompleteSequence, sequence) };
        recovered = recovered.Advance();

        return recovered with { Announced = recovered.Revision };
    }

    /// <summary>Advances to the next gap.</summary>
    private RevisionTracker Advance()
    {
        var (ahead, revision, sequence) = (Ahead, Revision, CompleteSequence);
        while (ahead.Count > 0 && ahead.First() is var next && next.Key <= revision + 1)
        {
            ahead = ahead.Remove(next.Key);
            revision = Math.Max(revision, next.Key);
            sequence = Math.Max(sequence, next.Value);
        }

        return this with { Ahead = ahead, Revision = revision, CompleteSequence = sequence };
    }
}
