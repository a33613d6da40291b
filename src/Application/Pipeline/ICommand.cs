using CleanMessaging.Application.Storage;
using MediatR;

namespace CleanMessaging.Application.Pipeline;

/// <summary>A request that changes something. It runs in one transaction, is committed as a whole or not at all, and may run more than once before that.</summary>
public interface ICommand<out TResponse> : IRequest<TResponse>
{
    /// <summary>
    /// Whether running the command again finds what the first run committed instead of doing it twice. Only such a command is
    /// repeated when the outcome of a commit is unknown.
    /// </summary>
    bool IsIdempotent { get; }

    /// <summary>
    /// The user whose quota or wallet the command takes. All but a few such commands of one user wait for each other before they take a
    /// connection, instead of each with one in hand at the user's row.
    /// </summary>
    Guid? ConcurrencyKey => null;

    /// <summary>
    /// For a send: what it needs. Sends that say so and arrive together are loaded, decided one after the other and stored together, as if each
    /// had been alone.
    /// </summary>
    SendBatchKey? SendBatchKey => null;
}
