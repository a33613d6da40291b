using System.ComponentModel.DataAnnotations;
using System.Net;

namespace CleanMessaging.WebApi.Network;

/// <summary>Who stands in front of this server, and is believed what it says of the client.</summary>
internal sealed class ProxyOptions : IValidatableObject
{
    public const string Section = "Proxies";

    /// <summary>
    /// Addresses (<c>10.0.0.5</c>) and networks (<c>10.0.0.0/24</c>) of proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> hold;
    /// none by default, and then nobody's do.
    /// </summary>
    public IReadOnlyList<string> Known { get; set; } = [];

    public IEnumerable<IPNetwork> ToNetworks() => Known.Select(text => ToNetwork(text) ?? throw new FormatException($"'{text}' is no network."));

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        from text in Known
        where ToNetwork(text) is null
        select new ValidationResult($"Proxies:Known has '{text}', which is neither an address nor a network such as 10.0.0.0/24.");

    private static IPNetwork? ToNetwork(string text)
    {
        if (IPNetwork.TryParse(text, out var network))
            return network;

        return IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : null;
    }
}
