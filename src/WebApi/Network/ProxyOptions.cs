using System.ComponentModel.DataAnnotations;
using System.Net;

namespace CleanMessaging.WebApi.Network;

/// <summary>Who stands in front of this server, and is believed what it says of the client.</summary>
internal sealed class ProxyOptions : IValidatableObject
{
    public const string Section = "Proxies";

    /// <summary>
    /// Addresses (<c>10.0.0.5</c>) and networks (<c>10.0.0.0/24</c>) of proxies whose <c>X-Forwarded-For</c>, <c>X-Forwarded-Proto</c> and <c>X-Forwarded-Prefix</c> hold;
    /// none by default, and then nobody's do.
    /// </summary>
    public IReadOnlyList<string> Known { get; set; } = [];

    /// <summary>
    /// The path under which a proxy passes requests on without taking it away, such as <c>/chat</c>; empty, the default, where it is the root, or where
    /// the proxy takes it away and sends <c>X-Forwarded-Prefix</c>.
    /// </summary>
    public string BasePath { get; set; } = "";

    public IEnumerable<IPNetwork> ToNetworks() => Known.Select(text => ToNetwork(text) ?? throw new FormatException($"'{text}' is no network."));

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var text in Known.Where(text => ToNetwork(text) is null))
            yield return new ValidationResult($"Proxies:Known has '{text}', which is neither an address nor a network such as 10.0.0.0/24.");

        if (BasePath.Length > 0 && !Network.BasePath.IsValid(BasePath))
            yield return new ValidationResult($"Proxies:BasePath is '{BasePath}', which is no path such as /chat: letters, digits, - _ ~ after each slash, none at the end.");
    }

    private static IPNetwork? ToNetwork(string text)
    {
        if (IPNetwork.TryParse(text, out var network))
            return network;

        return IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : null;
    }
}
