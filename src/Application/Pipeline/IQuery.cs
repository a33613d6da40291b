using MediatR;

namespace CleanMessaging.Application.Pipeline;

/// <summary>A request that only reads. It runs without a transaction and without change tracking.</summary>
public interface IQuery<out TResponse> : IRequest<TResponse>;
