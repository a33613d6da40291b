using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>Passes the rows that a batch has loaded to the use case of this scope, and the new message back. Empty for a send outside of a batch.</summary>
internal sealed class PreparedSend
{
    /// <summary>The loaded rows, while the use case runs.</summary>
    public SendContext? Context { get; private set; }

    /// <summary>The message that the use case has added.</summary>
    public Message? Added { get; set; }

    /// <summary>Runs the use case on the loaded rows; returns the message that it added, or null.</summary>
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
