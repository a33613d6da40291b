using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Application.Tests.Pipeline;

public sealed class RequestPipelineTests : IDisposable
{
    private readonly Journal _journal = new();
    private readonly ServiceProvider _services;

    public RequestPipelineTests() =>
        _services = new ServiceCollection()
            .AddSingleton(_journal)
            .AddScoped<ScopeMarker>()
            .AddSingleton<IUnitOfWork, JournalingUnitOfWork>()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new JournalingLoggers(_journal)))
            .AddRequestPipeline(typeof(RequestPipelineTests).Assembly)
            .BuildServiceProvider();

    [Fact]
    public async Task Command_Valid_IsValidatedThenRunInATransactionThenLogged()
    {
        var answer = await Send(new PingCommand("secret text"));

        answer.ShouldBe("pong");
        _journal.Lines.ShouldBe(["validated", "begun repeatable", "handled", "committed", "logged: PingCommand done"]);
    }

    [Fact]
    public async Task Command_Malformed_IsLoggedAndNeverReachesATransaction()
    {
        var exception = await Should.ThrowAsync<ValidationException>(() => Send(new PingCommand("")));

        exception.Errors.ShouldHaveSingleItem().PropertyName.ShouldBe("Text");
        _journal.Lines.ShouldBe(["validated", "logged: PingCommand ended with validation.failed"]);
    }

    [Fact]
    public async Task Command_Rejected_IsNotCommittedAndLoggedWithItsCode()
    {
        var exception = await Should.ThrowAsync<DomainException>(() => Send(new PingCommand("reject")));

        exception.Error.Code.ShouldBe("ping.rejected");
        _journal.Lines.ShouldBe(["validated", "begun repeatable", "handled", "logged: PingCommand ended with ping.rejected"]);
    }

    [Fact]
    public async Task Query_Always_RunsWithoutATransaction()
    {
        var answer = await Send(new PingQuery());

        answer.ShouldBe("pong");
        _journal.Lines.ShouldBe(["handled", "logged: PingQuery done"]);
    }

    [Fact]
    public async Task Request_EachTime_RunsInAScopeOfItsOwnThatEndsWithIt()
    {
        await Send(new ScopedQuery(Task.CompletedTask, IsLate: false));
        await Send(new ScopedQuery(Task.CompletedTask, IsLate: false));

        _journal.Lines.Where(line => line.StartsWith("scope", StringComparison.Ordinal))
            .ShouldBe(["scope begun", "scope ended", "scope begun", "scope ended"]);
    }

    /// <summary>
    /// Tests that the caller gets a response when the deadline has passed, and that a handler that still runs keeps its scope until it
    /// ends.
    /// </summary>
    [Fact]
    public async Task Request_PastItsDeadline_IsAnsweredAndKeepsItsScopeUntilItEnds()
    {
        var hanging = new TaskCompletionSource();

        var exception = await Should.ThrowAsync<StorageUnavailableException>(() => Send(new ScopedQuery(hanging.Task, IsLate: true)));

        exception.IsOutcomeUnknown.ShouldBeFalse();
        exception.IsSafeToRetry.ShouldBeTrue();
        _journal.Lines.ShouldNotContain("scope ended");
        hanging.SetResult();
        await _journal.UntilAsync("scope ended");
    }

    /// <summary>Tests requests that begin their transactions themselves, and that are therefore no commands.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WriteRequest_PastItsDeadlineDuringTheCommit_MayBeRepeatedOnlyIfIdempotent(bool isIdempotent)
    {
        var hanging = new TaskCompletionSource();

        var exception = await Should.ThrowAsync<StorageUnavailableException>(() => Send(new CommittingRequest(hanging.Task, isIdempotent)));

        exception.IsOutcomeUnknown.ShouldBeTrue();
        exception.IsSafeToRetry.ShouldBe(isIdempotent);
        hanging.SetResult();
    }

    public void Dispose() => _services.Dispose();

    private Task<string> Send(IRequest<string> request) =>
        _services.GetRequiredService<IMediator>().Send(request, TestContext.Current.CancellationToken);

    internal sealed record PingCommand(string Text) : ICommand<string>
    {
        public bool IsIdempotent => true;
    }

    internal sealed record PingQuery : IQuery<string>;

    /// <param name="Until">Completes the handler.</param>
    /// <param name="IsLate">Whether the request's deadline passes while the handler runs.</param>
    internal sealed record ScopedQuery(Task Until, bool IsLate) : IQuery<string>;

    /// <summary>A request whose deadline passes while its commit is under way.</summary>
    /// <param name="Until">Completes the handler.</param>
    internal sealed record CommittingRequest(Task Until, bool IsIdempotent) : IRequest<string>, IWriteRequest;

    internal sealed class CommittingHandler(DatabaseDeadline deadline) : IRequestHandler<CommittingRequest, string>
    {
        public async Task<string> Handle(CommittingRequest request, CancellationToken cancellationToken)
        {
            deadline.TryBeginCommit();
            deadline.Pass();
            await request.Until;

            return "done";
        }
    }

    internal sealed class ScopedHandler(ScopeMarker marker, DatabaseDeadline deadline) : IRequestHandler<ScopedQuery, string>
    {
        public async Task<string> Handle(ScopedQuery request, CancellationToken cancellationToken)
        {
            marker.Begin();
            if (request.IsLate)
                deadline.Pass();

            await request.Until;

            return "done";
        }
    }

    /// <summary>A scoped service that records the first use and the disposal of its scope.</summary>
    internal sealed class ScopeMarker(Journal journal) : IDisposable
    {
        public void Begin() => journal.Add("scope begun");

        public void Dispose() => journal.Add("scope ended");
    }

    internal sealed class PingValidator : AbstractValidator<PingCommand>
    {
        public PingValidator(Journal journal) => RuleFor(command => command.Text).Must(text =>
        {
            journal.Add("validated");

            return text.Length > 0;
        });
    }

    internal sealed class PingHandler(Journal journal) : IRequestHandler<PingCommand, string>, IRequestHandler<PingQuery, string>
    {
        public Task<string> Handle(PingCommand request, CancellationToken cancellationToken)
        {
            journal.Add("handled");

            return request.Text == "reject"
                ? throw new DomainException(new DomainError("ping.rejected", ErrorKind.Conflict, "No."))
                : Task.FromResult("pong");
        }

        public Task<string> Handle(PingQuery request, CancellationToken cancellationToken)
        {
            journal.Add("handled");

            return Task.FromResult("pong");
        }
    }

    /// <summary>The recorded steps, in order.</summary>
    internal sealed class Journal
    {
        private readonly Lock _gate = new();
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_gate)
                    return [.. _lines];
            }
        }

        public void Add(string line)
        {
            lock (_gate)
                _lines.Add(line);
        }

        public async Task UntilAsync(string line)
        {
            using var waitLimit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            while (!Lines.Contains(line))
                await Task.Delay(5, waitLimit.Token);
        }
    }

    private sealed class JournalingUnitOfWork(Journal journal) : IUnitOfWork
    {
        public async Task<TResult> ExecuteAsync<TResult>(
            Func<CancellationToken, Task<TResult>> work,
            UnitOfWorkOptions terms,
            CancellationToken cancellationToken)
        {
            journal.Add(terms.IsIdempotent ? "begun repeatable" : "begun");
            var result = await work(cancellationToken);
            journal.Add("committed");

            return result;
        }

        public Task<TResult> ReadAsync<TResult>(Func<Task<TResult>> read, CancellationToken cancellationToken) => read();
    }

    private sealed class JournalingLoggers(Journal journal) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            // Durations differ from run to run.
            var text = formatter(state, exception);
            text.ShouldNotContain("secret text");
            var end = text.LastIndexOf(text.Contains(" after ", StringComparison.Ordinal) ? " after " : " in ", StringComparison.Ordinal);
            journal.Add($"logged: {(end < 0 ? text : text[..end])}");
        }

        public void Dispose()
        {
        }
    }
}
