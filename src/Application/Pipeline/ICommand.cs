using MediatR;

namespace CleanMessaging.Application.Pipeline;

/// <summary>A request that changes state. It runs in one transaction, and may run several times until the transaction commits.</summary>
public interface ICommand<out TResponse> : IRequest<TResponse>, IWriteRequest
{
    /// <summary>
    /// The user whose commands with this key are limited; null for no limit. Only a few of them run at the same time; the others wait
    /// before they take a connection, so that waiting commands do not occupy pooled connections.
    /// </summary>
    Guid? ConcurrencyKey => null;
}
