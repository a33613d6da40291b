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
/// The pipeline of every request: a scope of its own -> logging -> validation -> transaction (commands only) -> handler.
/// All that depends on the mediator's version is in this file and in <see cref="ScopedMediator"/>: docs/decisions/0001-mediatr-5.md.
/// </summary>
internal static class RequestPipeline
{
    public static IServiceCollection AddRequestPipeline(this IServiceCollection services, Assembly assembly)
    {
        services.AddSingleton<IMediator, ScopedMediator>();
        services.AddScoped<DatabaseDeadline>();
        services.AddClosing(typeof(IRequestHandler<,>), assembly, ServiceLifetime.Transient);

        // A validator builds its rules when it is made, and has no state.
        services.AddClosing(typeof(IValidator<>), assembly, ServiceLifetime.Singleton);

        // The order of registration is the order of nesting.
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

/// <summary>Tells which request ran, how long, and how it ended: its name and the code of a rejection, never its contents.</summary>
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

/// <summary>Rejects a malformed request before anything is opened, with every fault in it at once.</summary>
internal sealed class ValidationBehavior<TRequest, TResponse>(IEnumerable<IValidator<TRequest>> validators)
    : IPipelineBehavior<TRequest, TResponse>
{
    public Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var failures = validators.SelectMany(validator => validator.Validate(request).Errors).ToList();

        return failures.Count == 0 ? next() : throw new ValidationException(failures);
    }
}

/// <summary>Runs a command as one unit of work; a query passes untouched.</summary>
internal sealed class TransactionBehavior<TRequest, TResponse>(IUnitOfWork unitOfWork) : IPipelineBehavior<TRequest, TResponse>
{
    public Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next) =>
        request is ICommand<TResponse> command
            ? unitOfWork.ExecuteAsync(_ => next(), new UnitOfWorkOptions(command.IsIdempotent, command.ConcurrencyKey, command.SendBatchKey), cancellationToken)
            : next();
}
