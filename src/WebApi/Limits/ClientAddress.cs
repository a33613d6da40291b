using System.Net;
using System.Net.Sockets;

namespace CleanMessaging.WebApi.Limits;

/// <summary>Returns a request's client address as limits count it: an IPv4 address, or the /64 network of an IPv6 subscriber.</summary>
internal static class ClientAddress
{
    private const int SubscriberBytes = 8;

    public static IPAddress Of(HttpContext httpContext) => Subscriber(httpContext.Connection.RemoteIpAddress ?? IPAddress.None);

    public static IPAddress Subscriber(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;

        return Network(address, SubscriberBytes);
    }

    /// <summary>Returns the network of an IPv6 address for a prefix length in bytes.</summary>
    public static IPAddress Network(IPAddress address, int prefixBytes)
    {
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, prefixBytes, bytes.Length - prefixBytes);

        return new IPAddress(bytes);
    }
}
