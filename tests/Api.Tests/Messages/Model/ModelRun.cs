using System.Globalization;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages.Model;

/// <summary>A user of a run, with their devices.</summary>
internal sealed record ModelUser(string Name, Guid Id, IReadOnlyList<Device> Devices);

/// <summary>
/// A random history of two users with three devices, each with a further one that listens, and of a third user who gives one of them a second conversation. The server and a plain
/// model take the same steps at the same times. Everything follows from the seed, except for ids.
/// </summary>
internal sealed class ModelRun : IAsyncDisposable
{
    /// <summary>
    /// How far the clock of the server is ahead at the beginning. SignalR closes a connection when its access token expires by the system clock, so no step may set the clock back so
    /// far.
    /// </summary>
    private static readonly TimeSpan _ahead = TimeSpan.FromDays(2);

    private readonly ApiServer _server;
    private readonly List<string> _log = [];

    private ModelRun(ApiServer server, int seed)
    {
        _server = server;
        Random = new Random(seed);
    }

    public Random Random { get; }

    public IReadOnlyList<ModelUser> Users { get; private set; } = [];

    /// <summary>The conversation of the two users, and the one of the first user with the third.</summary>
    public IReadOnlyList<PlainConversation> Conversations { get; private set; } = [];

    /// <summary>A listening device of each user of the first conversation.</summary>
    public IReadOnlyList<ModelListener> Listeners { get; private set; } = [];

    public DateTimeOffset Now { get; private set; }

    /// <summary>The latest time that the clock has shown.</summary>
    public DateTimeOffset Latest { get; private set; }

    /// <summary>The steps until now, one a line.</summary>
    public string Log => string.Join('\n', _log);

    public static async Task<ModelRun> StartAsync(ApiServer server, int seed)
    {
        var run = new ModelRun(server, seed);
        server.Clock.Release();
        run.SetClock(server.Clock.GetUtcNow() + _ahead);
        var users = new[] { await server.RegisterInvestorAsync(), await server.RegisterStartupAsync(), await server.RegisterStartupAsync() };
        run.Users =
        [
            new("Ann", users[0].Id, [new Device(server, "Ann's phone", users[0].Email), new Device(server, "Ann's laptop", users[0].Email)]),
            new("Bob", users[1].Id, [new Device(server, "Bob's phone", users[1].Email)]),
            new("Cem", users[2].Id, [new Device(server, "Cem's phone", users[2].Email)]),
        ];
        run.Conversations = [await run.StartConversationAsync(users[0], users[1]), await run.StartConversationAsync(users[0], users[2])];
        run.Listeners =
        [
            .. run.Users.Take(2).Select((user, index) => new ModelListener(
                run, user, new Device(server, $"{user.Name}'s tablet", users[index].Email), run.Conversations[0])),
        ];

        return run;
    }

    /// <summary>Moves the clock of the server and of the model, forward or back.</summary>
    public void SetClock(DateTimeOffset to)
    {
        Now = to.AddTicks(-(to.Ticks % TimeSpan.TicksPerMicrosecond));
        Latest = Now > Latest ? Now : Latest;
        _server.Clock.FreezeAt(Now);
        foreach (var device in Users.SelectMany(user => user.Devices))
            device.FollowClock(Now);
        foreach (var listener in Listeners)
            listener.FollowClock(Now);
    }

    public void Write(string step) => _log.Add(string.Create(CultureInfo.InvariantCulture, $"{_log.Count + 1,3} {Description.Join(Now)} {step}"));

    public ModelUser UserOf(Guid id) => Users.Single(user => user.Id == id);

    public T Pick<T>(IReadOnlyList<T> from) => from[Random.Next(from.Count)];

    /// <summary>Returns true so many times out of a hundred.</summary>
    public bool Chance(int percent) => Random.Next(100) < percent;

    public async ValueTask DisposeAsync()
    {
        foreach (var device in Users.SelectMany(user => user.Devices))
            await device.DisposeAsync();
        foreach (var listener in Listeners)
            await listener.DisposeAsync();
    }

    private async Task<PlainConversation> StartConversationAsync(TestUser one, TestUser other) =>
        new(await one.ConversationWithAsync(other), [new PlainParticipant(one.Id), new PlainParticipant(other.Id)], Now);
}
