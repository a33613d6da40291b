using System.Diagnostics;
using System.Reflection;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Application.Pipeline;

/// <summary>
/// Registers the pipeline of every request: new scope -> logging -> validation -> transaction (commands only) -> handler.
/// Only this file and <see cref="ScopedMediator"/> depend on the version of MediatR: docs/decisions/0001-mediatr-5.md.
/// </summary>
internal static class RequestPipeline
{
    public static IServiceCollection AddRequestPipeline(this IServiceCollection services, Assembly assembly)
    {
        services.AddSingleton<IMediator, ScopedMediator>();
        services.AddScoped<DatabaseDeadline>();
        services.AddClosing(typeof(IRequestHandler<,>), assembly, ServiceLifetime.Transient);

        // A validator builds its rules in its constructor and has no other state.
        services.AddClosing(typeof(IValidator<>), assembly, ServiceLifetime.Singleton);

        // The first registered behavior is the outermost.
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(LoggingBehavior<,>));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(ValidationBehavior<,>));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(TransactionBehavior<,>));

        return services;
    }

    private static void AddClosing(this IServiceCollection services, Type openInterface, Assembly assembly, ServiceLifetime lifetime)
    {
        var registrations =
            from type in assembly.GetTypes()
            where type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false }
            from contract in type.GetInterfaces()
            where contract.IsGenericType && contract.GetGenericTypeDefinition() == openInterface
            select (contract, type);

        foreach (var (contract, type) in registrations)
            services.Add(new ServiceDescriptor(contract, type, lifetime));
    }
}

/// <summary>Logs the name, the duration and the outcome of each request. Logs error codes, but never the contents of a request.</summary>
internal sealed partial class LoggingBehavior<TRequest, TResponse>(ILogger<LoggingBehavior<TRequest, TResponse>> logger)
    : IPipelineBehavior<TRequest, TResponse>
{
    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            var response = await next();
            Log.Done(logger, typeof(TRequest).Name, Stopwatch.GetElapsedTime(started).TotalMilliseconds);

            return response;
        }
        catch (Exception exception)
        {
            var outcome = exception switch
            {
                DomainException rejected => rejected.Error.Code,
                ValidationException => "validation.failed",
                OperationCanceledException => "canceled",
                _ => exception.GetType().Name,
            };
            Log.Rejected(logger, typeof(TRequest).Name, outcome, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            throw;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "{Request} done in {Milliseconds:0.0} ms")]
        public static partial void Done(ILogger logger, string request, double milliseconds);

        [LoggerMessage(2, LogLevel.Information, "{Request} ended with {Outcome} after {Milliseconds:0.0} ms")]
        public static partial void Rejected(ILogger logger, string request, string outcome, double milliseconds);
    }
}

/// <summary>Validates a request before a connection is opened, and reports all validation errors at once.</summary>
internal sealed class ValidationBehavior<TRequest, TResponse>(IEnumerable<IValidator<TRequest>> validators)
    : IPipelineBehavior<TRequest, TResponse>
{
    public Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var failures = validators.SelectMany(validator => validator.Validate(request).Errors).ToList();

        return failures.Count == 0 ? next() : throw new ValidationException(failures);
    }
}

/// <summary>
/// Runs a command in one unit of work, and a query without a transaction. Requests that are neither run their units of work themselves.
/// </summary>
internal sealed class TransactionBehavior<TRequest, TResponse>(IUnitOfWork unitOfWork) : IPipelineBehavior<TRequest, TResponse>
{
    public Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next) =>
        request switch
        {
            ICommand<TResponse> { IsIdempotent: var isIdempotent, ConcurrencyKey: var key } =>
                unitOfWork.ExecuteAsync(_ => next(), new UnitOfWorkOptions(isIdempotent, key), cancellationToken),
            IQuery<TResponse> => unitOfWork.ReadAsync(() => next(), cancellationToken),
            _ => next(),
        };
}
