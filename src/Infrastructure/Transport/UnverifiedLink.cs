namespace CleanMessaging.Infrastructure.Transport;

/// <summary>
/// A network link of the server without verified TLS: another host on the network could read or change what the link carries.
/// </summary>
/// <param name="Setting">The setting that has the address of the other end.</param>
/// <param name="Host">The host name or address of the other end.</param>
/// <param name="Remedy">A sentence that says what to change in the setting.</param>
public sealed record UnverifiedLink(string Setting, string Host, string Remedy);
