namespace CleanMessaging.Api.Tests.Messages.Model;

/// <summary>
/// A conversation as a plain list of messages, with the rules of sends and of changes that both participants see. It uses nothing of the product. A method returns the code of
/// the error that the server must respond with; null for success.
/// </summary>
internal sealed class PlainConversation(Guid id, IReadOnlyList<PlainParticipant> participants, DateTimeOffset createdAt)
{
    public const int EditsMax = 3;

    public static readonly TimeSpan EditWindow = TimeSpan.FromHours(2);
    public static readonly TimeSpan DeleteWindow = TimeSpan.FromHours(48);

    private static readonly TimeSpan _resolution = TimeSpan.FromMicroseconds(1);

    public Guid Id { get; } = id;

    public IReadOnlyList<PlainParticipant> Participants { get; } = participants;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    public List<PlainMessage> Messages { get; } = [];

    public long LastSequence => Messages.Count;

    public long Revision { get; private set; }

    public DateTimeOffset LastActivityAt { get; private set; } = createdAt;

    public int? DefaultHours { get; private set; }

    public Guid? DefaultSetBy { get; private set; }

    public PlainParticipant Of(Guid userId) => Participants.Single(one => one.UserId == userId);

    public List<PlainMessage> VisibleTo(PlainParticipant viewer, DateTimeOffset now) => Messages.FindAll(one => viewer.Sees(one, now));

    public int UnreadOf(PlainParticipant viewer, DateTimeOffset now) =>
        Messages.Count(one => one.SenderId != viewer.UserId && one.Sequence > viewer.LastRead && viewer.Sees(one, now));

    /// <summary>Sends a message; its id is known only from the response.</summary>
    public (string? Error, PlainMessage? Message) Send(Guid senderId, PlainSend send, DateTimeOffset now)
    {
        if (send.ReplyTo > LastSequence)
            return ("message.reply_out_of_range", null);

        LastActivityAt = Later(now, LastActivityAt);
        Revision++;
        var takesDefault = send is { Hours: null, Never: false };
        var hours = takesDefault ? DefaultHours : send.Hours;
        var message = new PlainMessage
        {
            Sequence = LastSequence + 1,
            SenderId = senderId,
            Sent = send,
            CreatedAt = LastActivityAt,
            Revision = Revision,
            Content = send.Content,
            UpdatedAt = LastActivityAt,
            ExpiresAt = hours is { } some ? LastActivityAt.AddHours(some) : null,
            HasDefaultExpiry = takesDefault && hours is not null,
        };
        Messages.Add(message);

        return (null, message);
    }

    /// <summary>Returns the error of a send that repeats the one of a message.</summary>
    public string? Repeat(PlainMessage message, Guid conversationId, PlainSend send)
    {
        var hasSameExpiry = message.HasDefaultExpiry ? send is { Hours: null, Never: false } : message.Sent.Hours == send.Hours;
        var isSame = conversationId == Id && message.Sent.ReplyTo == send.ReplyTo && hasSameExpiry && message.Sent.Content == send.Content;

        return isSame ? null : "message.client_id_reused";
    }

    public string? Edit(Guid userId, PlainMessage message, string content, int version, DateTimeOffset now)
    {
        if (NotChangeable(userId, message, now) is { } error)
            return error;

        if (message.DeletedAt is not null || !Of(userId).Keeps(message))
            return "message.not_found";

        if (version != message.Version && !(version == message.Version - 1 && content == message.Content))
            return "message.edit_conflict";

        if (content == message.Content)
            return null;

        if (now >= message.CreatedAt + EditWindow)
            return "message.edit_window_over";

        if (message.Version == EditsMax)
            return "message.too_many_edits";

        message.EarlierTexts.Add((message.Content, message.EditedAt ?? message.CreatedAt));
        Change(message, now);
        message.Content = content;
        message.Version++;
        message.EditedAt = message.UpdatedAt;

        return null;
    }

    public string? Delete(Guid userId, PlainMessage message, DateTimeOffset now)
    {
        if (NotChangeable(userId, message, now) is { } error)
            return error;

        if (message.DeletedAt is not null)
            return null;

        if (now >= message.CreatedAt + DeleteWindow)
            return "message.delete_window_over";

        Change(message, now);
        message.DeletedAt = message.UpdatedAt;
        message.Content = null;
        message.Reactions.Clear();

        return null;
    }

    /// <param name="emoji">Null to remove the reaction.</param>
    public string? React(Guid userId, PlainMessage message, string? emoji, DateTimeOffset now)
    {
        if (!Of(userId).Sees(message, now))
            return "message.not_found";

        var own = message.Reactions.FindIndex(one => one.UserId == userId);
        var current = own < 0 ? null : message.Reactions[own].Emoji;
        if (Bare(current) == Bare(emoji))
            return null;

        Change(message, now);
        if (own >= 0)
            message.Reactions.RemoveAt(own);

        if (emoji is not null)
            message.Reactions.Add((userId, emoji, message.UpdatedAt));

        return null;

        static string? Bare(string? text) => text?.Replace("\uFE0F", "", StringComparison.Ordinal);
    }

    public string? ExpireSooner(Guid userId, PlainMessage message, int hours, DateTimeOffset now)
    {
        if (!Of(userId).Sees(message, now))
            return "message.not_found";

        if (message.SenderId != userId)
            return "message.not_yours";

        if (message.ExpiresAt <= now.AddHours(hours))
            return "message.expiration_only_earlier";

        Change(message, now);
        message.ExpiresAt = now.AddHours(hours);

        return null;
    }

    public void SetDefault(Guid userId, int? hours)
    {
        if (hours == DefaultHours)
            return;

        (DefaultHours, DefaultSetBy) = (hours, userId);
        Revision++;
    }

    /// <summary>Moves a read pointer; returns the number of messages that became read.</summary>
    public int MarkRead(Guid userId, long upTo, DateTimeOffset now)
    {
        var reader = Of(userId);
        var before = reader.LastRead;
        if (upTo <= before)
            return 0;

        reader.ReadMarks.Add((upTo, now > LastActivityAt ? now : LastActivityAt));

        return Messages.Count(one => one.SenderId != userId && one.Sequence > before && one.Sequence <= upTo && reader.Sees(one, now));
    }

    private static DateTimeOffset Later(DateTimeOffset now, DateTimeOffset last) => now > last + _resolution ? now : last + _resolution;

    private string? NotChangeable(Guid userId, PlainMessage message, DateTimeOffset now)
    {
        var isOwn = message.SenderId == userId;
        if (message.IsExpired(now) || (!isOwn && (message.DeletedAt is not null || !Of(userId).Keeps(message))))
            return "message.not_found";

        return isOwn ? null : "message.not_yours";
    }

    private void Change(PlainMessage message, DateTimeOffset now)
    {
        message.Revision = ++Revision;
        message.UpdatedAt = Later(now, message.UpdatedAt);
    }
}
