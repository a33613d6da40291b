using System.Globalization;
using System.Text.RegularExpressions;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Wallets.Verification;
using CleanMessaging.Infrastructure.Identity;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Persistence.Sends;
using CleanMessaging.Infrastructure.Persistence.Wallets;
using CleanMessaging.Tests.Support;
using CleanMessaging.WebApi.Limits;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CleanMessaging.Api.Tests.Limits;

/// <summary>Holds the limits in docs/operations.md to those of a server that runs.</summary>
public sealed partial class OperationsTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public void Limits_InTheDocument_AreThoseInForce()
    {
        Assert.SkipWhen(TestPostgres.IsPooled, "behind PgBouncer no statements are prepared; the document describes a server without it");
        var services = fixture.Server.Services;
        var written = Rows().ToDictionary(row => row.Limit, row => row.Value);
        var inForce = OfCallers(services.GetRequiredService<IOptions<LimitOptions>>().Value)
            .Concat(OfKestrel(services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits))
            .Concat(OfHub(services.GetRequiredService<IOptions<HubOptions>>().Value))
            .Concat(OfTransport(services))
            .Concat(OfDatabase(new NpgsqlConnectionStringBuilder(services.GetRequiredService<NpgsqlDataSource>().ConnectionString)))
            .Concat(OfSearches(services.GetRequiredService<SearchLimit>()))
            .Concat(OfSends(new NpgsqlConnectionStringBuilder(
                services.GetRequiredKeyedService<NpgsqlDataSource>(PersistenceRegistration.Sends).ConnectionString)))
            .Concat(OfVerification(new NpgsqlConnectionStringBuilder(
                services.GetRequiredKeyedService<NpgsqlDataSource>(LedgerReader.DataSource).ConnectionString)))
            .ToDictionary(limit => limit.Name, limit => limit.Value);

        inForce.Count.ShouldBeGreaterThan(40);
        written.Keys.ShouldBe(inForce.Keys, ignoreOrder: true);
        foreach (var (limit, value) in inForce)
            written[limit].ShouldBe(value, limit);
    }

    [Fact]
    public void Limits_ThatCanBeConfigured_AreInTheDocumentByName()
    {
        var named = Rows().Select(row => row.SetIn).Where(place => place.StartsWith("`Limits:", StringComparison.Ordinal)).ToList();

        named.ShouldBe(typeof(LimitOptions).GetProperties().Select(option => $"`{LimitOptions.Section}:{option.Name}`"), ignoreOrder: true);
    }

    private static IEnumerable<(string Name, string Value)> OfCallers(LimitOptions limits) =>
    [
        ("Requests of a user at once", Number(limits.UserBurst)),
        ("Requests of a user a second", Number(limits.UserPerSecond)),
        ("Requests of an address without a valid token, at once", Number(limits.AddressBurst)),
        ("Requests of an address without a valid token, a second", Number(limits.AddressPerSecond)),
        ("Registrations, logins and refreshes of an address at once", Number(limits.SignInBurst)),
        ("Registrations, logins and refreshes of an address a second", Number(limits.SignInsPerSecond)),
        ("Requests of a user that run at the same time", Number(limits.UserRequestsAtOnce)),
        ("Sends of a user that run at the same time", Number(limits.UserSendsAtOnce)),
        ("Synchronizations and joins of a user that run at the same time", Number(limits.UserSyncsAtOnce)),
        ("Searches for users and lists of users of a user that run at the same time", Number(limits.UserSearchesAtOnce)),
        ("Requests of an address without a valid token that run at the same time", Number(limits.AddressRequestsAtOnce)),
        ("Requests of a caller that wait for others to end", Number(limits.RequestsWaiting)),
        ("Wait of such a request", Time(limits.RequestWait)),
        ("JSON of a page, a list, a join or a synchronization", Size(limits.ResponseBytes)),
        ("Time to read a whole answer", Time(limits.ResponseTime)),
        ("Answers that clients have not read yet", limits.ResponseBufferBytes == new LimitOptions().ResponseBufferBytes ? "an eighth of the memory" : Size(limits.ResponseBufferBytes)),
        ("Wrong passwords for an account from an address in a minute", Number(limits.WrongPasswordsPerAccountAndAddress)),
        ("Wrong passwords from an address in a minute", Number(limits.WrongPasswordsPerAddress)),
        ("Wrong passwords from a /56 of IPv6 in a minute", Number(limits.WrongPasswordsPerNetwork)),
        ("Wrong passwords from a /48 of IPv6 in a minute", Number(limits.WrongPasswordsPerSite)),
        ("Wrong passwords for an account in 10 minutes", Number(limits.WrongPasswordsPerAccount)),
        ("Passwords hashed at a time", limits.PasswordsAtATime == Math.Max(1, Environment.ProcessorCount - 1) ? "cores - 1" : Number(limits.PasswordsAtATime)),
        ("Passwords waiting to be hashed", Number(limits.PasswordsWaiting)),
        ("Passwords of an address waiting to be hashed", Number(limits.PasswordsWaitingPerAddress)),
        ("Logins that go before a waiting registration", Number(HashingQueue.LogInsPerRegistration)),
        ("Wait for a password to be hashed", Time(limits.PasswordWait)),
        ("Wait for a search for users to begin", Time(limits.SearchWait)),
        ("Time for a search for users", Time(limits.SearchTime)),
        ("Hub calls of a user at once", Number(limits.HubCallBurst)),
        ("Hub calls of a user a second", Number(limits.HubCallsPerSecond)),
        ("Hub calls rejected in a row until the connection is cut", Number(limits.HubRefusals)),
        ("Frames of a hub connection at once", Number(limits.HubFrameBurst)),
        ("Frames of a hub connection a second", Number(limits.HubFramesPerSecond)),
        ("Frames of all hub connections of a user at once", Number(limits.UserHubFrameBurst)),
        ("Frames of all hub connections of a user a second", Number(limits.UserHubFramesPerSecond)),
        ("Hub connections of a user", Number(limits.ConnectionsPerUser)),
        ("Hub connections", Number(limits.Connections)),
        ("Hub connections of an address", Share(limits.ConnectionsOfAddress(), limits.Connections)),
        ("Hub connections of a /48 of IPv6", Share(limits.ConnectionsOfSite(), limits.Connections)),
        ("TCP connections", Number(limits.Sockets)),
        ("TCP connections of an address", Share(limits.SocketsOfAddress(), limits.Sockets)),
        ("TCP connections of a /48 of IPv6", Share(limits.SocketsOfSite(), limits.Sockets)),
        ("TCP connections in reserve", Number(limits.SocketsInReserve)),
        ("Time for the first byte of a TCP connection", Time(limits.FirstByteTime)),
    ];

    private static IEnumerable<(string Name, string Value)> OfKestrel(KestrelServerLimits kestrel)
    {
        kestrel.MaxConcurrentUpgradedConnections.ShouldBe(new LimitOptions().Connections);
        kestrel.MaxConcurrentConnections.ShouldBeNull("SocketLimit counts them");

        return
        [
            ("Request line", Size(kestrel.MaxRequestLineSize)),
            ("Request headers, in number", Number(kestrel.MaxRequestHeaderCount)),
            ("Request headers, in all", Size(kestrel.MaxRequestHeadersTotalSize)),
            ("Time for the request headers to arrive", Time(kestrel.RequestHeadersTimeout)),
            ("Time that an idle connection is kept", Time(kestrel.KeepAliveTimeout)),
            ("Request body", Size(kestrel.MaxRequestBodySize)),
            ("Requests that have come and are not read yet, per TCP connection", Size(kestrel.MaxRequestBufferSize)),
            ("Answers that the client has not read yet, per TCP connection", Size(kestrel.MaxResponseBufferSize)),
            ("The same in the kernel", Size(ServerLimits.SendBufferBytes)),
            ("Slowest request body", Rate(kestrel.MinRequestBodyDataRate)),
            ("Slowest reader of an answer", Rate(kestrel.MinResponseDataRate)),
            ("Streams of an HTTP/2 connection", Number(kestrel.Http2.MaxStreamsPerConnection)),
        ];
    }

    private static IEnumerable<(string Name, string Value)> OfHub(HubOptions hub) =>
    [
        ("Hub frame", Size(hub.MaximumReceiveMessageSize)),
        ("Hub calls of a connection at a time", Number(hub.MaximumParallelInvocationsPerClient)),
        ("Time for the hub's handshake", Time(hub.HandshakeTimeout)),
        ("Ping to a hub connection", Time(hub.KeepAliveInterval)),
        ("Silence of a hub connection", Time(hub.ClientTimeoutInterval)),
        ("Items of a stream that wait", Number(hub.StreamBufferCapacity)),
        ("Errors in detail to hub clients", YesNo(hub.EnableDetailedErrors)),
    ];

    private static IEnumerable<(string Name, string Value)> OfTransport(IServiceProvider services)
    {
        var transports = services.GetRequiredService<EndpointDataSource>().Endpoints
            .Select(endpoint => endpoint.Metadata.GetMetadata<HttpConnectionDispatcherOptions>())
            .Where(transport => transport is not null)
            .Distinct()
            .ToList();
        var transport = transports.ShouldHaveSingleItem().ShouldNotBeNull();

        return
        [
            ("Received and not yet read, per hub connection", Size(transport.ApplicationMaxBufferSize)),
            ("Sent and not yet taken, per hub connection", Size(transport.TransportMaxBufferSize)),
            ("Time for one write to a hub connection", Time(transport.TransportSendTimeout)),
            ("Time for a hub connection to close", Time(transport.WebSockets.CloseTimeout)),
            ("Transports of the hub", transport.Transports.ToString()),
            ("Hub connections end with their token", YesNo(transport.CloseOnAuthenticationExpiration)),
            ("Stateful reconnect", YesNo(transport.AllowStatefulReconnects)),
        ];
    }

    private static IEnumerable<(string Name, string Value)> OfDatabase(NpgsqlConnectionStringBuilder database) =>
    [
        ("Database connections", Number(database.MaxPoolSize)),
        ("Time to get a database connection", Time(TimeSpan.FromSeconds(database.Timeout))),
        ("Time for a statement's answer", Time(TimeSpan.FromSeconds(database.CommandTimeout))),
        ("Time for all of a call's statements before the commit", Time(DatabaseDeadline.UntilCommit)),
        ("Time until a call is answered, also when the database hangs", Time(DatabaseDeadline.UntilAnswer)),
        ("Time for a cancellation's answer", Time(TimeSpan.FromMilliseconds(database.CancellationTimeout))),
        ("Idle time until a database connection is probed", Time(TimeSpan.FromSeconds(database.KeepAlive))),
        ("Statements that a database connection keeps prepared", Number(database.MaxAutoPrepare)),
        ("Options of the database session", database.Options.ShouldNotBeNull()),
    ];

    private static IEnumerable<(string Name, string Value)> OfSearches(SearchLimit searches) =>
    [
        ("Searches for users at a time", Number(searches.AtOnce)),
    ];

    private static IEnumerable<(string Name, string Value)> OfSends(NpgsqlConnectionStringBuilder sends)
    {
        sends.Options.ShouldNotBeNull().ShouldEndWith("-c lock_timeout=25ms -c plan_cache_mode=force_generic_plan -c enable_seqscan=off");
        SendStatements.LockTimeout.ShouldBe("SET LOCAL lock_timeout = '250ms'");

        return
        [
            ("Database connections for sends, beside those", Number(sends.MaxPoolSize)),
            ("Sends that are stored together", Number(SendBatcher.BatchMax)),
            ("Time until a group of sends no longer waits for the one before", Time(SendBatcher.SlowAfter)),
            ("Time that a group of sends waits for a row", "25 ms"),
            ("Time that it waits for a row where it locks", "250 ms"),
        ];
    }

    private static IEnumerable<(string Name, string Value)> OfVerification(NpgsqlConnectionStringBuilder verification) =>
    [
        ("Database connections for verifying the ledger, in addition", Number(verification.MaxPoolSize)),
        ("Time that one call verifies the ledger", Time(VerifyLedgerQuery.WorkingTime)),
        ("Time that a verification waits for another one", Time(LedgerReader.Patience)),
    ];

    private static IReadOnlyList<(string Limit, string Value, string SetIn)> Rows()
    {
        var document = File.ReadAllText(Path.Combine(FindRoot(AppContext.BaseDirectory), "docs", "operations.md"));
        var section = document[document.IndexOf("| Limit | Value | Set in | Why |", StringComparison.Ordinal)..];
        var table = section[..section.IndexOf("\n\n", StringComparison.Ordinal)];

        return [.. Row().Matches(table).Skip(2).Select(row => (row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value))];
    }

    private static string FindRoot(string folder) =>
        File.Exists(Path.Combine(folder, "CleanMessaging.sln")) ? folder : FindRoot(Path.GetDirectoryName(folder)!);

    private static string Number(long? value) => value.ShouldNotBeNull().ToString("N0", CultureInfo.InvariantCulture);

    private static string Share(int part, int all) => part == all / 2 ? "half of all" : part == all * 3L / 4 ? "three quarters of all" : Number(part);

    private static string Size(long? bytes) => $"{bytes.ShouldNotBeNull() / 1024} KB";

    private static string Time(TimeSpan? time) =>
        time.ShouldNotBeNull() is { TotalSeconds: >= 1 } seconds ? $"{seconds.TotalSeconds} s" : $"{time.Value.TotalMilliseconds} ms";

    private static string Rate(MinDataRate? rate) => $"{rate.ShouldNotBeNull().BytesPerSecond} bytes/s after {Time(rate.GracePeriod)}";

    private static string YesNo(bool? value) => value.ShouldNotBeNull() ? "yes" : "no";

    [GeneratedRegex(@"^\| (.*?) \| (.*?) \| (.*?) \| .*\|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
