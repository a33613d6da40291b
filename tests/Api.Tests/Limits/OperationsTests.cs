using System.Globalization;
using System.Text.RegularExpressions;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Wallets.Verification;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Infrastructure.Attachments.Inspection;
using CleanMessaging.Infrastructure.Attachments.Inspection.Images;
using CleanMessaging.Infrastructure.Identity;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Persistence.Conversations;
using CleanMessaging.Infrastructure.Persistence.Search;
using CleanMessaging.Infrastructure.Persistence.Sends;
using CleanMessaging.Infrastructure.Persistence.Wallets;
using CleanMessaging.Tests.Support;
using CleanMessaging.WebApi.Endpoints;
using CleanMessaging.WebApi.Limits;
using CleanMessaging.WebApi.Media;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CleanMessaging.Api.Tests.Limits;

/// <summary>Compares the limits in docs/operations.md with those of a running server.</summary>
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
            .Concat(OfMessageSearches(
                services.GetRequiredService<IOptions<LimitOptions>>().Value, services.GetRequiredService<IOptions<SearchOptions>>().Value))
            .Concat(OfSends(new NpgsqlConnectionStringBuilder(
                services.GetRequiredKeyedService<NpgsqlDataSource>(PersistenceRegistration.Sends).ConnectionString)))
            .Concat(OfLiveEvents(new NpgsqlConnectionStringBuilder(
                services.GetRequiredKeyedService<NpgsqlDataSource>(PersistenceRegistration.Live).ConnectionString)))
            .Concat(OfAttachments())
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
        ("Requests of a user, burst", Number(limits.UserBurst)),
        ("Requests of a user per second", Number(limits.UserPerSecond)),
        ("Requests of an address without a valid token, burst", Number(limits.AddressBurst)),
        ("Requests of an address without a valid token, per second", Number(limits.AddressPerSecond)),
        ("Registrations, logins and refreshes of an address, burst", Number(limits.SignInBurst)),
        ("Registrations, logins and refreshes of an address per second", Number(limits.SignInsPerSecond)),
        ("Concurrent requests of a user", Number(limits.UserRequestsAtOnce)),
        ("Concurrent sends of a user", Number(limits.UserSendsAtOnce)),
        ("Concurrent synchronizations and joins of a user", Number(limits.UserSyncsAtOnce)),
        ("Concurrent user searches and user lists of a user", Number(limits.UserSearchesAtOnce)),
        ("Concurrent parts of uploads of a user", Number(limits.UserUploadsAtOnce)),
        ("Concurrent parts of uploads", Number(limits.UploadsAtOnce)),
        ("Concurrent parts of uploads of an address", Share(limits.UploadsOfAddress(), limits.UploadsAtOnce)),
        ("Concurrent parts of uploads of an IPv6 /48", Share(limits.UploadsOfSite(), limits.UploadsAtOnce)),
        ("Concurrent inspections of uploads of a user", Number(limits.UserInspectionsAtOnce)),
        ("Concurrent downloads of attachments of a user", Number(limits.UserDownloadsAtOnce)),
        ("Concurrent downloads of attachments", Number(limits.DownloadsAtOnce)),
        ("Concurrent downloads of attachments of an address", Share(limits.DownloadsOfAddress(), limits.DownloadsAtOnce)),
        ("Concurrent downloads of attachments of an IPv6 /48", Share(limits.DownloadsOfSite(), limits.DownloadsAtOnce)),
        ("Minimum transfer rate of a part of an upload and of a download of an attachment", $"{limits.TransferBytesPerSecond / 1024} KiB/s"),
        ("Time over which their speed is measured", Time(limits.TransferSpan)),
        ("Concurrent requests of an address without a valid token", Number(limits.AddressRequestsAtOnce)),
        ("Queued requests of a caller", Number(limits.RequestsWaiting)),
        ("Wait of a queued request", Time(limits.RequestWait)),
        ("JSON of a page, a list, a join or a synchronization", Size(limits.ResponseBytes)),
        ("Time for the client to read a whole response", Time(limits.ResponseTime)),
        (
            "Responses that clients have not read yet",
            limits.ResponseBufferBytes == new LimitOptions().ResponseBufferBytes
                ? "an eighth of the memory"
                : Size(limits.ResponseBufferBytes)),
        ("Wrong passwords for an account from an address per minute", Number(limits.WrongPasswordsPerAccountAndAddress)),
        ("Wrong passwords from an address per minute", Number(limits.WrongPasswordsPerAddress)),
        ("Wrong passwords from an IPv6 /56 per minute", Number(limits.WrongPasswordsPerNetwork)),
        ("Wrong passwords from an IPv6 /48 per minute", Number(limits.WrongPasswordsPerSite)),
        ("Wrong passwords for an account per 10 minutes", Number(limits.WrongPasswordsPerAccount)),
        (
            "Concurrent password hashes",
            limits.PasswordsAtATime == Math.Max(1, Environment.ProcessorCount - 1) ? "cores - 1" : Number(limits.PasswordsAtATime)),
        ("Passwords queued for hashing", Number(limits.PasswordsWaiting)),
        ("Passwords of an address queued for hashing", Number(limits.PasswordsWaitingPerAddress)),
        ("Logins processed before a waiting registration", Number(HashingQueue.LogInsPerRegistration)),
        ("Wait for a password hash", Time(limits.PasswordWait)),
        ("Wait for a search to begin", Time(limits.SearchWait)),
        ("Time for a user search", Time(limits.SearchTime)),
        ("Hub calls of a user, burst", Number(limits.HubCallBurst)),
        ("Hub calls of a user per second", Number(limits.HubCallsPerSecond)),
        ("Consecutive rejected hub calls until the connection is closed", Number(limits.HubRefusals)),
        ("Frames of a hub connection, burst", Number(limits.HubFrameBurst)),
        ("Frames of a hub connection per second", Number(limits.HubFramesPerSecond)),
        ("Frames of all hub connections of a user, burst", Number(limits.UserHubFrameBurst)),
        ("Frames of all hub connections of a user per second", Number(limits.UserHubFramesPerSecond)),
        ("Hub connections of a user", Number(limits.ConnectionsPerUser)),
        ("Hub connections", Number(limits.Connections)),
        ("Hub connections of an address", Share(limits.ConnectionsOfAddress(), limits.Connections)),
        ("Hub connections of an IPv6 /48", Share(limits.ConnectionsOfSite(), limits.Connections)),
        ("TCP connections", Number(limits.Sockets)),
        ("TCP connections of an address", Share(limits.SocketsOfAddress(), limits.Sockets)),
        ("TCP connections of an IPv6 /48", Share(limits.SocketsOfSite(), limits.Sockets)),
        ("Reserved TCP connections", Number(limits.SocketsInReserve)),
        ("Time for the first byte of a TCP connection", Time(limits.FirstByteTime)),
    ];

    private static IEnumerable<(string Name, string Value)> OfAttachments()
    {
        var noon = new DateTimeOffset(2027, 1, 5, 12, 0, 0, TimeSpan.Zero);
        (MediaLinks.EndOf(noon, null) - noon).ShouldBe(TimeSpan.FromMinutes(10));
        (MediaLinks.EndOf(noon.AddTicks(-1), null) - noon).ShouldBe(TimeSpan.FromMinutes(5));
        InspectionQueue.ImagesAtOnce(cores: 8, memory: long.MaxValue, memoryOfImage: 1).ShouldBe(7);
        var program = ImageProgram.Find();

        return
        [
            ("Part of an upload", $"{AttachmentPolicy.ChunkBytes / 1024 / 1024} MiB"),
            ("Time for a part of an upload", Time(UploadEndpoints.PartTime)),
            ("Uploads that a user begins in 24 hours", Number(AttachmentPolicy.DefaultUploadsPerDay)),
            ("Inspections of an upload that take too long", Number(AttachmentPolicy.InspectionTimeoutsMax)),
            ("Uploads of a user that are not complete", Number(AttachmentPolicy.OpenUploadsMax)),
            ("Parts of an upload", Number(AttachmentPolicy.PartsMax)),
            ("Messages that a request to list attachments reads", Number(ListAttachmentsQuery.MessagesMax)),
            ("Time to complete and send an attachment", $"{AttachmentPolicy.UnsentLifetime.TotalHours} h"),
            ("Lifetime of a link to an attachment", "5 to 10 min"),
            ("Concurrent inspections of uploads", Number(InspectionQueue.InspectionsAtOnce)),
            ("Concurrent conversions of images", "cores - 1"),
            (
                "Conversion of an image",
                $"{program.ProcessorTimeMax.TotalSeconds} s of processor time, {program.TimeMax.TotalSeconds} s in all, {program.MemoryMax / 1024 / 1024} MiB"),
            ("Time to scan a file for viruses", "30 s"),
        ];
    }

    private static IEnumerable<(string Name, string Value)> OfKestrel(KestrelServerLimits kestrel)
    {
        kestrel.MaxConcurrentUpgradedConnections.ShouldBe(new LimitOptions().Connections);
        kestrel.MaxConcurrentConnections.ShouldBeNull("SocketLimit counts them");

        return
        [
            ("Request line", Size(kestrel.MaxRequestLineSize)),
            ("Number of request headers", Number(kestrel.MaxRequestHeaderCount)),
            ("Total size of the request headers", Size(kestrel.MaxRequestHeadersTotalSize)),
            ("Time for the request headers to arrive", Time(kestrel.RequestHeadersTimeout)),
            ("Keep-alive time of an idle connection", Time(kestrel.KeepAliveTimeout)),
            ("Request body", Size(kestrel.MaxRequestBodySize)),
            ("Received and unread request data per TCP connection", Size(kestrel.MaxRequestBufferSize)),
            ("Unread response data per TCP connection", Size(kestrel.MaxResponseBufferSize)),
            ("Kernel send buffer per TCP connection", Size(ServerLimits.SendBufferBytes)),
            ("Slowest request body", Rate(kestrel.MinRequestBodyDataRate)),
            ("Slowest reader of a response", Rate(kestrel.MinResponseDataRate)),
            ("Streams of an HTTP/2 connection", Number(kestrel.Http2.MaxStreamsPerConnection)),
        ];
    }

    private static IEnumerable<(string Name, string Value)> OfHub(HubOptions hub) =>
    [
        ("Hub frame", Size(hub.MaximumReceiveMessageSize)),
        ("Concurrent hub calls of a connection", Number(hub.MaximumParallelInvocationsPerClient)),
        ("Time for the hub's handshake", Time(hub.HandshakeTimeout)),
        ("Interval of pings to a hub connection", Time(hub.KeepAliveInterval)),
        ("Time without a message from a hub connection", Time(hub.ClientTimeoutInterval)),
        ("Buffered items of a stream", Number(hub.StreamBufferCapacity)),
        ("Detailed errors for hub clients", YesNo(hub.EnableDetailedErrors)),
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
            ("Received and unread data per hub connection", Size(transport.ApplicationMaxBufferSize)),
            ("Unread sent data per hub connection", Size(transport.TransportMaxBufferSize)),
            ("Time for one write to a hub connection", Time(transport.TransportSendTimeout)),
            ("Time for a hub connection to close", Time(transport.WebSockets.CloseTimeout)),
            ("Transports of the hub", transport.Transports.ToString()),
            ("Hub connections close when their token expires", YesNo(transport.CloseOnAuthenticationExpiration)),
            ("Stateful reconnect", YesNo(transport.AllowStatefulReconnects)),
        ];
    }

    private static IEnumerable<(string Name, string Value)> OfDatabase(NpgsqlConnectionStringBuilder database) =>
    [
        ("Database connections", Number(database.MaxPoolSize)),
        ("Wait for a database connection", Time(TimeSpan.FromSeconds(database.Timeout))),
        ("Time for a statement", Time(TimeSpan.FromSeconds(database.CommandTimeout))),
        ("Time for all statements of a call before the commit", Time(DatabaseDeadline.UntilCommit)),
        ("Time until a call returns, also when the database hangs", Time(DatabaseDeadline.UntilAnswer)),
        ("Time for the response to a cancellation", Time(TimeSpan.FromMilliseconds(database.CancellationTimeout))),
        ("Idle time until a database connection is probed", Time(TimeSpan.FromSeconds(database.KeepAlive))),
        ("Prepared statements per database connection", Number(database.MaxAutoPrepare)),
        ("Options of the database session", database.Options.ShouldNotBeNull()),
    ];

    private static IEnumerable<(string Name, string Value)> OfSearches(SearchLimit searches) =>
    [
        ("Concurrent user searches", Number(searches.AtOnce)),
    ];

    private static IEnumerable<(string Name, string Value)> OfSends(NpgsqlConnectionStringBuilder sends)
    {
        sends.Options.ShouldNotBeNull().ShouldEndWith("-c lock_timeout=25ms -c plan_cache_mode=force_generic_plan -c enable_seqscan=off");
        SendStatements.LockTimeout.ShouldBe("SET LOCAL lock_timeout = '250ms'");

        return
        [
            ("Database connections for sends, in addition", Number(sends.MaxPoolSize)),
            ("Sends per batch", Number(SendBatcher.BatchMax)),
            ("Time until a batch no longer waits for the previous one", Time(SendBatcher.SlowAfter)),
            ("Wait of a batch for a row lock", "25 ms"),
            ("Wait of a batch for a row lock after a collision", "250 ms"),
        ];
    }

    private static IEnumerable<(string Name, string Value)> OfLiveEvents(NpgsqlConnectionStringBuilder live)
    {
        live.Options.ShouldNotBeNull().ShouldEndWith("-c lock_timeout=1500ms -c plan_cache_mode=force_generic_plan -c enable_seqscan=off");

        return
        [
            ("Database connections for live events and joins, in addition", Number(live.MaxPoolSize)),
            ("Joins per statement", Number(JoinBatcher.BatchMax)),
        ];
    }

    private static IEnumerable<(string Name, string Value)> OfVerification(NpgsqlConnectionStringBuilder verification) =>
    [
        ("Database connections for verifying the ledger, in addition", Number(verification.MaxPoolSize)),
        ("Time that one call verifies the ledger", Time(VerifyLedgerQuery.WorkingTime)),
        ("Wait of a verification for another one", Time(LedgerReader.WaitLimit)),
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

    private static string Share(int part, int all) =>
        part == all / 2 ? "half of all" : part == all * 3L / 4 ? "three quarters of all" : Number(part);

    private static string Size(long? bytes) => $"{bytes.ShouldNotBeNull() / 1024} KB";

    private static string Time(TimeSpan? time) =>
        time.ShouldNotBeNull() is { TotalSeconds: >= 1 } seconds ? $"{seconds.TotalSeconds} s" : $"{time.Value.TotalMilliseconds} ms";

    private static string Rate(MinDataRate? rate) => $"{rate.ShouldNotBeNull().BytesPerSecond} bytes/s after {Time(rate.GracePeriod)}";

    private static string YesNo(bool? value) => value.ShouldNotBeNull() ? "yes" : "no";

    [GeneratedRegex(@"^\| (.*?) \| (.*?) \| (.*?) \| .*\|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
