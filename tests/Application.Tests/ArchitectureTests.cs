using System.Reflection;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Wallets.Verification;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Tests;

public sealed class ArchitectureTests
{
    private static readonly Assembly _application = typeof(ApplicationRegistration).Assembly;

    private static readonly IReadOnlyList<Type> _requests =
        [.. _application.GetTypes().Where(type => !type.IsInterface && ClosesRequest(type))];

    private static readonly IReadOnlyList<Type> _handlers =
        [.. _application.GetTypes().Where(type => Closing(type, typeof(IRequestHandler<,>)) is not null)];

    /// <summary>Requests whose handlers begin their transactions themselves; the comment of each states the reason.</summary>
    private static readonly IReadOnlyList<Type> _ownTransaction =
        [typeof(RegisterAccountCommand), typeof(LogInCommand), typeof(ChangePasswordCommand), typeof(CleanUpExpiredMessagesCommand)];

    [Fact]
    public void Requests_Always_AreCommandsOrQueries()
    {
        _requests.Count.ShouldBeGreaterThanOrEqualTo(22);
        foreach (var request in _requests.Except(_ownTransaction))
        {
            var kinds = new[] { typeof(ICommand<>), typeof(IQuery<>) }.Count(kind => Closing(request, kind) is not null);
            kinds.ShouldBe(1, request.Name);
            request.Name.ShouldEndWith(Closing(request, typeof(ICommand<>)) is null ? "Query" : "Command");
        }
    }

    [Fact]
    public void Requests_Always_HaveOneHandlerInTheirOwnFile()
    {
        foreach (var request in _requests)
        {
            var handler = _handlers.Where(type => Closing(type, typeof(IRequestHandler<,>))!.GetGenericArguments()[0] == request)
                .ShouldHaveSingleItem();
            var useCase = request.Name.Replace("Command", "").Replace("Query", "");
            handler.Name.ShouldBe($"{useCase}Handler");
            handler.Namespace.ShouldBe(request.Namespace);
        }
    }

    [Fact]
    public void Requests_WithTextOrNumbers_HaveAValidator()
    {
        var validated = _application.GetTypes()
            .Select(type => type.BaseType)
            .Where(type => type is { IsGenericType: true } && type.GetGenericTypeDefinition() == typeof(AbstractValidator<>))
            .Select(type => type!.GetGenericArguments()[0])
            .ToHashSet();

        var unvalidated = _requests
            .Where(request => !validated.Contains(request))
            .Where(request => request.GetProperties().Any(property => TakesInput(property.PropertyType)))
            .Select(request => request.Name)
            .ToList();

        // A token is only compared, a cursor has its own error code, and the aggregate compares the offset and the length of a part.
        unvalidated.ShouldBe(
            [nameof(RefreshSessionCommand), nameof(VerifyLedgerQuery), nameof(StartPartCommand), nameof(ReceivePartCommand)],
            ignoreOrder: true);
    }

    [Fact]
    public void Handlers_Always_AreScriptsOfTheirOwn()
    {
        _handlers.ShouldNotBeEmpty();
        foreach (var handler in _handlers)
        {
            handler.IsSealed.ShouldBeTrue(handler.Name);
            handler.IsNotPublic.ShouldBeTrue(handler.Name);
            var dependencies = handler
                .GetConstructors()
                .ShouldHaveSingleItem()
                .GetParameters()
                .Select(parameter => parameter.ParameterType)
                .ToList();
            dependencies.ShouldNotContain(typeof(IMediator), $"{handler.Name} must not send another request");
            if (!_ownTransaction.Contains(Closing(handler, typeof(IRequestHandler<,>))!.GetGenericArguments()[0]))
                dependencies.ShouldNotContain(typeof(IUnitOfWork), handler.Name);
        }
    }

    [Fact]
    public void Validators_Always_HaveNoDependencies()
    {
        var validators = _application
            .GetTypes()
            .Where(type => type is { IsAbstract: false } && type.IsAssignableTo(typeof(IValidator)))
            .ToList();

        validators.ShouldNotBeEmpty();
        validators.ShouldAllBe(validator => validator.GetConstructors().Single().GetParameters().Length == 0);
    }

    [Fact]
    public void Repositories_Never_HandOutQueries()
    {
        var methods = _application.GetTypes()
            .Where(type => type.IsInterface && type != typeof(IReadDatabase))
            .SelectMany(type => type.GetMethods())
            .ToList();

        methods.ShouldNotBeEmpty();
        methods.ShouldAllBe(method => !method.ReturnType.IsAssignableTo(typeof(IQueryable)));
    }

    [Fact]
    public void Assembly_Always_KnowsNeitherTheWebNorTheDatabase()
    {
        var references = _application.GetReferencedAssemblies().Select(reference => reference.Name!).ToList();

        references.ShouldContain("CleanMessaging.Domain");
        references.ShouldAllBe(
            name => !name.StartsWith("Microsoft.AspNetCore") && !name.StartsWith("Npgsql") && !name.Contains("Relational"));
    }

    private static bool ClosesRequest(Type type) => Closing(type, typeof(IRequest<>)) is not null;

    private static Type? Closing(Type type, Type openInterface) =>
        type.GetInterfaces().FirstOrDefault(contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == openInterface);

    private static bool TakesInput(Type type) =>
        type == typeof(string) || (Nullable.GetUnderlyingType(type) ?? type) is { IsPrimitive: true } number && number != typeof(bool);
}
