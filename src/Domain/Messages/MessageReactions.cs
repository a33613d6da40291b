using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Messages;

/// <summary>
/// The reactions to a message, at most one for each user. Immutable. A message without reactions has none of these (null).
/// </summary>
public sealed class MessageReactions
{
    private readonly List<Reaction> _all;

    private MessageReactions(IEnumerable<Reaction> all) =>
        _all = [.. all.OrderBy(reaction => reaction.At).ThenBy(reaction => reaction.UserId.Value)];

    /// <summary>All reactions, in the order of their times, then of the users.</summary>
    public IReadOnlyList<Reaction> All => _all;

    /// <summary>Returns the reactions of a stored message; null if there are none.</summary>
    /// <exception cref="ArgumentException">A user has several reactions.</exception>
    public static MessageReactions? Of(IReadOnlyCollection<Reaction> reactions)
    {
        if (reactions.DistinctBy(reaction => reaction.UserId).Count() < reactions.Count)
            throw new ArgumentException("A user has one reaction at most.", nameof(reactions));

        return reactions.Count > 0 ? new MessageReactions(reactions) : null;
    }

    /// <summary>Returns the reaction of a user; null if there is none.</summary>
    public Reaction? Find(UserId userId) => _all.Find(reaction => reaction.UserId == userId);

    /// <summary>Returns these reactions with that of one user set or replaced.</summary>
    internal static MessageReactions With(MessageReactions? reactions, Reaction reaction) =>
        new([.. reactions?.Without(reaction.UserId)?._all ?? [], reaction]);

    /// <summary>Returns these reactions without that of one user; null if no other is left.</summary>
    internal MessageReactions? Without(UserId userId) => Of([.. _all.Where(reaction => reaction.UserId != userId)]);
}
