using MediatR;

namespace CleanMessaging.Application.Pipeline;

/// <summary>A request that changes nothing: no transaction, no change tracking.</summary>
public interface IQuery<out TResponse> : IRequest<TResponse>;
