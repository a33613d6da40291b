using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>What a group has loaded for the send of this scope, while it is decided; empty for a send that goes alone.</summary>
internal sealed class PreparedSend
{
    /// <summary>What the use case finds loaded.</summary>
    public SendContext? Context { get; private set; }

    /// <summary>What it has added.</summary>
    public Message? Added { get; set; }

    /// <summary>Runs the use case upon what was loaded; returns the message that it added.</summary>
    public async Task<Message?> RunAsync(SendContext context, Func<Task> work)
    {
        Context = context;
        Added = null;
        try
        {
            await work();

            return Added;
        }
        finally
        {
            Context = null;
        }
    }
}
