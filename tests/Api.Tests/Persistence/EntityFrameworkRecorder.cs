using System.Diagnostics;
using CleanMessaging.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>
/// Records the commands that EF Core sends to one server's database. The diagnostic source covers the process, so commands to other
/// databases are skipped.
/// </summary>
internal sealed class EntityFrameworkRecorder : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private readonly Lock _lock = new();
    private readonly string _database;
    private readonly List<IDisposable> _subscriptions = [];
    private List<string> _commands = [];

    public EntityFrameworkRecorder(ApiServer server)
    {
        _database = new NpgsqlConnectionStringBuilder(server.ConnectionString).Database!;
        _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));
    }

    public List<string> Take()
    {
        lock (_lock)
        {
            var taken = _commands;
            _commands = [];

            return taken;
        }
    }

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == DbLoggerCategory.Name)
            _subscriptions.Add(value.Subscribe(this));
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Key != RelationalEventId.CommandExecuting.Name || value.Value is not CommandEventData data)
            return;

        lock (_lock)
        {
            if (data.Command.Connection?.Database == _database)
                _commands.Add(data.Command.CommandText);
        }
    }

    public void OnError(Exception error)
    {
    }

    public void OnCompleted()
    {
    }

    public void Dispose()
    {
        foreach (var subscription in _subscriptions)
            subscription.Dispose();
    }
}
