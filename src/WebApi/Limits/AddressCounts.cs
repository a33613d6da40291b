using System.Net;
using System.Net.Sockets;

namespace CleanMessaging.WebApi.Limits;

/// <summary>
/// Counts the current connections of client networks: an IPv4 address, the /64 of an IPv6 subscriber, and the /48 of an IPv6 site. It has
/// two limits: one for an IPv4 address or a /64, and a higher one for a /48. Not thread-safe.
/// </summary>
internal sealed class AddressCounts(int perAddress, int perSite)
{
    private const int SiteBytes = 6;

    private readonly Dictionary<IPAddress, int> _ofSubscriber = [];
    private readonly Dictionary<IPAddress, int> _ofSite = [];

    /// <summary>The result of counting one more connection of an address.</summary>
    public enum Outcome
    {
        Entered,
        TooManyOfAddress,
        TooManyOfSite,
    }

    public Outcome TryEnter(IPAddress address)
    {
        var subscriber = ClientAddress.Subscriber(address);
        var ofSubscriber = _ofSubscriber.GetValueOrDefault(subscriber);
        if (ofSubscriber >= perAddress)
            return Outcome.TooManyOfAddress;

        if (SiteOf(subscriber) is { } site)
        {
            var ofSite = _ofSite.GetValueOrDefault(site);
            if (ofSite >= perSite)
                return Outcome.TooManyOfSite;

            _ofSite[site] = ofSite + 1;
        }

        _ofSubscriber[subscriber] = ofSubscriber + 1;

        return Outcome.Entered;
    }

    public void Leave(IPAddress address)
    {
        var subscriber = ClientAddress.Subscriber(address);
        Decrement(_ofSubscriber, subscriber);
        if (SiteOf(subscriber) is { } site)
            Decrement(_ofSite, site);
    }

    private static IPAddress? SiteOf(IPAddress subscriber) =>
        subscriber.AddressFamily == AddressFamily.InterNetworkV6 ? ClientAddress.Network(subscriber, SiteBytes) : null;

    private static void Decrement(Dictionary<IPAddress, int> counts, IPAddress key)
    {
        if (--counts[key] == 0)
            counts.Remove(key);
    }
}
