using System.ComponentModel.DataAnnotations;

namespace CleanMessaging.Infrastructure.Limits;

/// <summary>
/// The limits of one server for one caller and for all callers combined. The defaults are far above what the product's own clients need. A
/// burst is the number allowed at once; it refills at the given rate per second.
/// </summary>
public sealed partial class LimitOptions
{
    public const string Section = "Limits";

    private const int Megabyte = 1024 * 1024;

    /// <summary>Requests under /api that a user may make at once; 3,000 by default.</summary>
    [Range(1, 1_000_000)]
    public int UserBurst { get; set; } = 3_000;

    /// <summary>Requests under /api per user and second; 200 by default.</summary>
    [Range(1, 1_000_000)]
    public int UserPerSecond { get; set; } = 200;

    /// <summary>Requests without a valid token that an address may make at once; 2,000 by default.</summary>
    [Range(1, 1_000_000)]
    public int AddressBurst { get; set; } = 2_000;

    /// <summary>Requests without a valid token per address and second; 50 by default.</summary>
    [Range(1, 1_000_000)]
    public int AddressPerSecond { get; set; } = 50;

    /// <summary>Registrations, logins and refreshes that an address may make at once; 300 by default.</summary>
    [Range(1, 1_000_000)]
    public int SignInBurst { get; set; } = 300;

    /// <summary>Registrations, logins and refreshes per address and second; 10 by default.</summary>
    [Range(1, 1_000_000)]
    public int SignInsPerSecond { get; set; } = 10;

    /// <summary>Requests of a user that run at the same time, apart from sends and synchronizations; 8 by default.</summary>
    [Range(1, 10_000)]
    public int UserRequestsAtOnce { get; set; } = 8;

    /// <summary>Sends of a user that run at the same time; 64 by default.</summary>
    [Range(1, 10_000)]
    public int UserSendsAtOnce { get; set; } = 64;

    /// <summary>Synchronizations and hub joins of a user that run at the same time, in all; 2 by default.</summary>
    [Range(1, 10_000)]
    public int UserSyncsAtOnce { get; set; } = 2;

    /// <summary>Searches for users, and lists of them, of a user that run at the same time; 2 by default.</summary>
    [Range(1, 10_000)]
    public int UserSearchesAtOnce { get; set; } = 2;

    /// <summary>Searches for messages of a user that run at the same time; 2 by default.</summary>
    [Range(1, 10_000)]
    public int UserMessageSearchesAtOnce { get; set; } = 2;

    /// <summary>Searches for messages that a user may make at once; 30 by default.</summary>
    [Range(1, 1_000_000)]
    public int MessageSearchBurst { get; set; } = 30;

    /// <summary>Searches for messages per user and second; 5 by default.</summary>
    [Range(1, 1_000_000)]
    public int MessageSearchesPerSecond { get; set; } = 5;

    /// <summary>Parts of uploads of a user that are received at the same time; 4 by default.</summary>
    [Range(1, 10_000)]
    public int UserUploadsAtOnce { get; set; } = 4;

    /// <summary>Parts of uploads of all users that are received at the same time; 32 by default.</summary>
    [Range(1, 10_000)]
    public int UploadsAtOnce { get; set; } = 32;

    /// <summary>
    /// Parts of uploads of an address, or of a /64 of IPv6, that are received at the same time; by default half of
    /// <see cref="UploadsAtOnce"/>.
    /// </summary>
    [Range(1, 10_000)]
    public int? UploadsPerAddress { get; set; }

    /// <summary>
    /// Parts of uploads of a /48 of IPv6 that are received at the same time; by default three quarters of <see cref="UploadsAtOnce"/>.
    /// </summary>
    [Range(1, 10_000)]
    public int? UploadsPerSite { get; set; }

    /// <summary>Uploads of a user that are inspected at the same time; 2 by default. An image needs a core of the server.</summary>
    [Range(1, 10_000)]
    public int UserInspectionsAtOnce { get; set; } = 2;

    /// <summary>Downloads of attachments of a user that run at the same time; 16 by default.</summary>
    [Range(1, 10_000)]
    public int UserDownloadsAtOnce { get; set; } = 16;

    /// <summary>Downloads of attachments of all users that run at the same time; 256 by default.</summary>
    [Range(1, 10_000)]
    public int DownloadsAtOnce { get; set; } = 256;

    /// <summary>
    /// Downloads of attachments of an address, or of a /64 of IPv6, that run at the same time; by default half of
    /// <see cref="DownloadsAtOnce"/>.
    /// </summary>
    [Range(1, 10_000)]
    public int? DownloadsPerAddress { get; set; }

    /// <summary>
    /// Downloads of attachments of a /48 of IPv6 that run at the same time; by default three quarters of <see cref="DownloadsAtOnce"/>.
    /// </summary>
    [Range(1, 10_000)]
    public int? DownloadsPerSite { get; set; }

    /// <summary>
    /// The minimum transfer rate of uploads and downloads of attachments in bytes per second, measured over each
    /// <see cref="TransferSpan"/>, 240 to 1 MiB; 4 KiB by default. A slower transfer is ended, so that it does not count against the limits
    /// above for long.
    /// </summary>
    [Range(240, 1024 * 1024)]
    public int TransferBytesPerSecond { get; set; } = 4 * 1024;

    /// <summary>The time over which the speed of an upload or download is measured, 1 second to 10 minutes; 1 minute by default.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan TransferSpan { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Requests of an address without a valid token that run at the same time; 64 by default.</summary>
    [Range(1, 10_000)]
    public int AddressRequestsAtOnce { get; set; } = 64;

    /// <summary>Requests of one caller and kind that wait for others to end; 500 by default.</summary>
    [Range(0, 100_000)]
    public int RequestsWaiting { get; set; } = 500;

    /// <summary>How long such a request waits, 0 to 1 minute; 2 seconds by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan RequestWait { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Bytes of JSON in a page of messages or conversations, a join or a synchronization, 64 KB to 64 MB; 1 MB by default. The client reads
    /// the rest with the next page, or page by page.
    /// </summary>
    [Range(64 * 1024, 64 * Megabyte)]
    public int ResponseBytes { get; set; } = Megabyte;

    /// <summary>How long a client may take to read a whole response, 1 second to 10 minutes; 30 seconds by default.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ResponseTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Bytes of responses that clients have not read yet, over all callers, 1 MB to 1 TB. The default is an eighth of the memory that the
    /// process may use, but at least 16 MB and at most 1 GB.
    /// </summary>
    [Range(typeof(long), "1048576", "1099511627776")]
    public long ResponseBufferBytes { get; set; } =
        Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8, 16 * Megabyte, 1024L * Megabyte);

    /// <summary>Hub calls that a user may make at once, over all connections; 500 by default.</summary>
    [Range(1, 1_000_000)]
    public int HubCallBurst { get; set; } = 500;

    /// <summary>Hub calls per user and second; 50 by default.</summary>
    [Range(1, 1_000_000)]
    public int HubCallsPerSecond { get; set; } = 50;

    /// <summary>Rejected hub calls in a row after which the server closes the connection; 1,000 by default.</summary>
    [Range(1, 1_000_000)]
    public int HubRefusals { get; set; } = 1_000;

    /// <summary>
    /// Frames that a hub connection may send at once, with any content. A WebSocket frame, a hub message and each further KB of a message
    /// count as one frame each; 4,000 by default.
    /// </summary>
    [Range(100, 1_000_000)]
    public int HubFrameBurst { get; set; } = 4_000;

    /// <summary>Frames per hub connection and second; 200 by default.</summary>
    [Range(10, 1_000_000)]
    public int HubFramesPerSecond { get; set; } = 200;

    /// <summary>Frames that all hub connections of a user may send at once; 20,000 by default.</summary>
    [Range(100, 1_000_000)]
    public int UserHubFrameBurst { get; set; } = 20_000;

    /// <summary>Frames of all hub connections of a user per second; 1,000 by default.</summary>
    [Range(10, 1_000_000)]
    public int UserHubFramesPerSecond { get; set; } = 1_000;

    /// <summary>Wrong passwords for one account from one address in a minute; 10 by default.</summary>
    [Range(1, 100_000)]
    public int WrongPasswordsPerAccountAndAddress { get; set; } = 10;

    /// <summary>Wrong passwords from one address in a minute; 100 by default.</summary>
    [Range(1, 100_000)]
    public int WrongPasswordsPerAddress { get; set; } = 100;

    /// <summary>
    /// Wrong passwords from one /56 of IPv6 in a minute, the prefix that many providers assign to a household; 300 by default.
    /// </summary>
    [Range(1, 100_000)]
    public int WrongPasswordsPerNetwork { get; set; } = 300;

    /// <summary>Wrong passwords from one /48 of IPv6 in a minute; 1,000 by default.</summary>
    [Range(1, 100_000)]
    public int WrongPasswordsPerSite { get; set; } = 1_000;

    /// <summary>Wrong passwords for one account, from anywhere, in 10 minutes; 100 by default.</summary>
    [Range(1, 100_000)]
    public int WrongPasswordsPerAccount { get; set; } = 100;

    /// <summary>Passwords that are hashed at the same time; by default one less than there are cores, and one at least.</summary>
    [Range(1, 1_024)]
    public int PasswordsAtATime { get; set; } = Math.Max(1, Environment.ProcessorCount - 1);

    /// <summary>Passwords that wait to be hashed; 256 by default.</summary>
    [Range(0, 100_000)]
    public int PasswordsWaiting { get; set; } = 256;

    /// <summary>Passwords from one address that wait to be hashed; 128 by default.</summary>
    [Range(1, 100_000)]
    public int PasswordsWaitingPerAddress { get; set; } = 128;

    /// <summary>How long a password waits to be hashed, 1 second to 1 minute; 20 seconds by default.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan PasswordWait { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Searches for users of all callers that run at the same time, 1 to 100 and at most a quarter of the database connections; 4 by
    /// default.
    /// </summary>
    [Range(1, 100)]
    public int SearchesAtOnce { get; set; } = 4;

    /// <summary>Searches for messages of all callers that run at the same time; by default half of the cores, at least one.</summary>
    [Range(1, 1_000)]
    public int? MessageSearchesAtOnce { get; set; }

    /// <summary>How long a search for users or messages waits for others to end, 0 to 2 s; 500 ms by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:02")]
    public TimeSpan SearchWait { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a search for users may take, 100 ms to 1.5 s; 1 s by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:01.5")]
    public TimeSpan SearchTime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Hub connections per user; 100 by default.</summary>
    [Range(1, 100_000)]
    public int ConnectionsPerUser { get; set; } = 100;

    /// <summary>Hub connections in all; 10,000 by default.</summary>
    [Range(1, 1_000_000)]
    public int Connections { get; set; } = 10_000;

    /// <summary>Hub connections of an address, or of a /64 of IPv6; by default half of <see cref="Connections"/>.</summary>
    [Range(1, 1_000_000)]
    public int? ConnectionsPerAddress { get; set; }

    /// <summary>Hub connections of a /48 of IPv6; by default three quarters of <see cref="Connections"/>.</summary>
    [Range(1, 1_000_000)]
    public int? ConnectionsPerSite { get; set; }

    /// <summary>TCP connections in all, those of the hub among them; 20,000 by default.</summary>
    [Range(1, 1_000_000)]
    public int Sockets { get; set; } = 20_000;

    /// <summary>
    /// TCP connections of an address, or of a /64 of IPv6; by default half of <see cref="Sockets"/>. Addresses of Proxies:Known are exempt.
    /// </summary>
    [Range(1, 1_000_000)]
    public int? SocketsPerAddress { get; set; }

    /// <summary>TCP connections of a /48 of IPv6; by default three quarters of <see cref="Sockets"/>.</summary>
    [Range(1, 1_000_000)]
    public int? SocketsPerSite { get; set; }

    /// <summary>TCP connections beyond <see cref="Sockets"/> on which the server answers only health checks; 32 by default.</summary>
    [Range(0, 10_000)]
    public int SocketsInReserve { get; set; } = 32;

    /// <summary>How long a new TCP connection may be silent, 1 second to 1 minute; 10 seconds by default.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan FirstByteTime { get; set; } = TimeSpan.FromSeconds(10);
}
