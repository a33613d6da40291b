using CleanMessaging.Application.Storage;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Application.Pipeline;

/// <summary>
/// Runs each request in its own dependency injection scope. When the request's <see cref="DatabaseDeadline"/> passes, the caller gets an
/// error at once, even if a statement hangs. The scope is disposed only after the abandoned work has ended, so that a database context
/// never returns to the pool while it is in use.
/// </summary>
internal sealed partial class ScopedMediator(IServiceScopeFactory scopes, ILogger<ScopedMediator> logger) : IMediator
{
    public Task<TResponse> Send<TResponse>(IRequest<TResponse> request, CancellationToken cancellationToken = default) =>
        RunAsync(
            request.GetType().Name,
            isIdempotent: request is not IWriteRequest { IsIdempotent: false },
            mediator => mediator.Send(request, cancellationToken));

    /// <exception cref="NotSupportedException">Always: domain events are not published by the mediator.</exception>
    public Task Publish<TNotification>(TNotification notification, CancellationToken cancellationToken = default)
        where TNotification : INotification =>
        throw new NotSupportedException("The unit of work publishes events: docs/decisions/0004-commit-then-publish.md.");

    /// <exception cref="StorageUnavailableException">The deadline has passed.</exception>
    private async Task<TResponse> RunAsync<TResponse>(string name, bool isIdempotent, Func<Mediator, Task<TResponse>> send)
    {
        var scope = scopes.CreateAsyncScope();
        var deadline = scope.ServiceProvider.GetRequiredService<DatabaseDeadline>();
        var work = InScopeAsync(scope, send);
        if (!work.IsCompleted && await Task.WhenAny(work, deadline.Passed) != work)
        {
            var isOutcomeUnknown = deadline.Abandon();
            Log.Abandoned(logger, name, isOutcomeUnknown);
            _ = work.ContinueWith(
                ended => Log.Ended(logger, name, ended.Exception?.GetBaseException().GetType().Name ?? "no error"), TaskScheduler.Default);

            throw new StorageUnavailableException(
                isOutcomeUnknown, isIdempotent, new TimeoutException("The database did not answer in time."));
        }

        return await work;
    }

    private static async Task<TResponse> InScopeAsync<TResponse>(AsyncServiceScope scope, Func<Mediator, Task<TResponse>> send)
    {
        await using (scope)
            return await send(new Mediator(scope.ServiceProvider.GetService!));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Request} reached its deadline and was answered with 503; outcome unknown: {IsOutcomeUnknown}")]
        public static partial void Abandoned(ILogger logger, string request, bool isOutcomeUnknown);

        [LoggerMessage(2, LogLevel.Information, "{Request}, abandoned at its deadline, ended with {Outcome}")]
        public static partial void Ended(ILogger logger, string request, string outcome);
    }
}
