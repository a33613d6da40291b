using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.Load;

/// <summary>A server of its own on a database of its own, under load, and everything that is needed to judge it afterwards.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private readonly List<Observer> _observers = [];

    private Scene(Database database, ApiProcess api, Cast cast, Journal journal, int clientsPerPlace)
    {
        Database = database;
        Api = api;
        Cast = cast;
        Journal = journal;
        Load = new SendingLoad(cast, journal, clientsPerPlace);
    }

    public Database Database { get; }

    public ApiProcess Api { get; }

    public Cast Cast { get; }

    public Journal Journal { get; }

    public SendingLoad Load { get; }

    /// <summary>Starts a server and a load, and returns when everybody has been served.</summary>
    /// <param name="connectionString">A new database.</param>
    /// <param name="through">The server's way to it, when it is not the direct one.</param>
    /// <param name="settings">The server's environment beyond the usual.</param>
    /// <param name="observers">Whether two participants follow over the hub, and what they saw is compared in the end.</param>
    /// <param name="isExpected">What may come of a request beside success, 402 and 503.</param>
    public static async Task<Scene> StartAsync(
        string connectionString,
        string? through = null,
        IReadOnlyDictionary<string, string?>? settings = null,
        Func<Attempt, bool>? isExpected = null,
        int clientsPerPlace = 2,
        bool observers = true)
    {
        var database = new Database(connectionString);
        var api = await ApiProcess.StartAsync(through ?? connectionString, settings);
        try
        {
            var cast = await Cast.GatherAsync(api, database);
            var scene = new Scene(database, api, cast, new Journal(isExpected ?? (_ => false)), clientsPerPlace);
            foreach (var person in observers ? (Person[])[cast.Rich, cast.Free] : [])
            {
                var followed = cast.Places.Where(place => place.Sender == person).Select(place => place.ConversationId).ToList();
                scene._observers.Add(new Observer(person, followed, scene.Journal));
            }

            await scene.Load.StartAsync();
            await scene.Load.GoOnAsync(times: 5);

            return scene;
        }
        catch
        {
            await api.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the load and the server, and fails the test unless everything agrees: the journal, the database, what observers saw, the logs.</summary>
    public async Task<Stored> ShouldAgreeAsync()
    {
        await Load.GoOnAsync(times: 3);
        await Load.StopAsync();
        foreach (var observer in _observers)
            await observer.FinishAsync();

        await Checker.NoTransactionIsIdleAsync(Database);
        await Api.KillAsync();
        Journal.ShouldBeGood();
        var stored = await Stored.ReadAsync(Database);
        Checker.JournalAgrees(Journal, stored);
        Checker.OrderAgrees(Journal, stored);
        Checker.MoneyAgrees(Cast, Load.Credits, stored);
        foreach (var observer in _observers)
            Checker.ObserverAgrees(observer, stored);

        await Checker.NothingDeadlockedAsync(Database);
        Checker.LogsAreSilent(Api, Cast);

        return stored;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var observer in _observers)
            await observer.DisposeAsync();

        await Api.DisposeAsync();
        await Load.DisposeAsync();
    }
}
