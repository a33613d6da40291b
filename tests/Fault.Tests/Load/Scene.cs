using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.Load;

/// <summary>A separate server and database under load, with everything that is needed to verify the result.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private const int ErrorLinesMax = 40;

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

    /// <summary>Starts a server and a load, and returns when each client has been served.</summary>
    /// <param name="connectionString">A new database.</param>
    /// <param name="through">The connection string that the server uses, if it connects through a proxy.</param>
    /// <param name="settings">Additional environment variables of the server.</param>
    /// <param name="observers">
    /// Whether two participants follow over the hub; the events they received are compared with the stored rows in the end.
    /// </param>
    /// <param name="isExpected">Returns whether an outcome other than success, 402 or 503 is allowed.</param>
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

    /// <summary>Stops the load and the server, and verifies that the journal, the database, the observers and the logs agree.</summary>
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
        // The first error that the server logged, because a response with status 500 does not say why.
        foreach (var line in Api.Lines.SkipWhile(line => !line.StartsWith("fail:", StringComparison.Ordinal)).Take(ErrorLinesMax))
            TestContext.Current.TestOutputHelper?.WriteLine(line);

        foreach (var observer in _observers)
            await observer.DisposeAsync();

        await Api.DisposeAsync();
        await Load.DisposeAsync();
    }
}
