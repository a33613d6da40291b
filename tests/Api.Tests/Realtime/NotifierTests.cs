using System.Net;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Tests.Support;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Realtime;

public sealed class NotifierTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    [Theory]
    [InlineData(typeof(OperationCanceledException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task ConversationUpdated_AfterOneThatFailed_IsToldAgain(Type failure)
    {
        var failing = new FailingOnce();
        await using var server = await fixture.StartAnotherAsync(
            new Dictionary<string, string?> { ["Logging:LogLevel:CleanMessaging"] = "None" },
            services => services.AddSingleton<IPipelineBehavior<GetConversationQuery, ConversationResponse>>(failing));
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        await using var listener = await startup.ConnectAsync();

        failing.FailWith((Exception)Activator.CreateInstance(failure)!);
        (await investor.SendAsync(conversationId, "Not told")).Expect(HttpStatusCode.Created);
        await failing.Failed.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        (await investor.SendAsync(conversationId, "Told")).Expect(HttpStatusCode.Created);

        await listener.NextAsync(
            "ConversationUpdated", update => update.GetProperty("conversation").GetProperty("lastSequence").GetInt64() == 2);
    }

    private sealed class FailingOnce : IPipelineBehavior<GetConversationQuery, ConversationResponse>
    {
        private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Exception? _failure;

        public Task Failed => _failed.Task;

        public void FailWith(Exception failure) => Volatile.Write(ref _failure, failure);

        public Task<ConversationResponse> Handle(
            GetConversationQuery request,
            CancellationToken cancellationToken,
            RequestHandlerDelegate<ConversationResponse> next)
        {
            if (Interlocked.Exchange(ref _failure, null) is not { } failure)
                return next();

            _failed.SetResult();
            throw failure;
        }
    }
}
