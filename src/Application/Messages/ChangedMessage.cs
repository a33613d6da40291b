using AutoMapper;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Application.Messages;

/// <summary>The response to a change of a message.</summary>
internal static class ChangedMessage
{
    /// <summary>
    /// Returns a message that a command has changed, as a user sees it. Reads whether it was read, which the aggregate does not contain.
    /// </summary>
    public static async Task<MessageResponse> ReadChangedAsync(
        this IMessageReader reader,
        Message changed,
        UserId viewerId,
        IMapper mapper,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var stored = await reader.ReadAsync(viewerId, new MessageId(changed.Id), now, cancellationToken);

        return mapper.Map<MessageResponse>(changed) with { IsRead = stored?.IsRead ?? false, ReadAt = stored?.ReadAt };
    }
}
