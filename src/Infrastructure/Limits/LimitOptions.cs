using System.ComponentModel.DataAnnotations;

namespace CleanMessaging.Infrastructure.Limits;

/// <summary>
/// What one caller, and what all callers together, may ask of one server. Far above what a client of ours needs; a burst is what may
/// come at once, and comes back at so many a second.
/// </summary>
public sealed class LimitOptions
{
    public const string Section = "Limits";

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

    /// <summary>Registrations, log-ins and refreshes that an address may make at once; 300 by default.</summary>
    [Range(1, 1_000_000)]
    public int SignInBurst { get; set; } = 300;

    /// <summary>Registrations, log-ins and refreshes per address and second; 10 by default.</summary>
    [Range(1, 1_000_000)]
    public int SignInsPerSecond { get; set; } = 10;

    /// <summary>Hub calls that a user may make at once, over all connections; 500 by default.</summary>
    [Range(1, 1_000_000)]
    public int HubCallBurst { get; set; } = 500;

    /// <summary>Hub calls per user and second; 50 by default.</summary>
    [Range(1, 1_000_000)]
    public int HubCallsPerSecond { get; set; } = 50;

    /// <summary>Hub calls refused in a row after which a connection is cut; 1,000 by default.</summary>
    [Range(1, 1_000_000)]
    public int HubRefusals { get; set; } = 1_000;

    /// <summary>Wrong passwords for one account from one address in a minute; 10 by default.</summary>
    [Range(1, 100_000)]
    public int WrongPasswordsPerAccountAndAddress { get; set; } = 10;

    /// <summary>Wrong passwords from one address in a minute; 100 by default.</summary>
    [Range(1, 100_000)]
    public int WrongPasswordsPerAddress { get; set; } = 100;

    /// <summary>Wrong passwords for one account, from anywhere, in 10 minutes; 100 by default.</summary>
    [Range(1, 100_000)]
    public int WrongPasswordsPerAccount { get; set; } = 100;

    /// <summary>Passwords that are hashed at the same time; by default one less than there are cores, and one at least.</summary>
    [Range(1, 1_024)]
    public int PasswordsAtATime { get; set; } = Math.Max(1, Environment.ProcessorCount - 1);

    /// <summary>Passwords that wait to be hashed; 256 by default.</summary>
    [Range(0, 100_000)]
    public int PasswordsWaiting { get; set; } = 256;

    /// <summary>How long a password waits to be hashed, 1 second to 1 minute; 20 seconds by default.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan PasswordWait { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Searches for users that one user can have running at the same time; 2 by default.</summary>
    [Range(1, 100)]
    public int SearchesPerUser { get; set; } = 2;

    /// <summary>How long a search for users may take, 100 ms to 1.5 s; 1 s by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:01.5")]
    public TimeSpan SearchTime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Hub connections per user; 100 by default.</summary>
    [Range(1, 100_000)]
    public int ConnectionsPerUser { get; set; } = 100;

    /// <summary>Hub connections in all; 10,000 by default.</summary>
    [Range(1, 1_000_000)]
    public int Connections { get; set; } = 10_000;

    /// <summary>TCP connections in all, those of the hub among them; 20,000 by default.</summary>
    [Range(1, 1_000_000)]
    public int Sockets { get; set; } = 20_000;
}
