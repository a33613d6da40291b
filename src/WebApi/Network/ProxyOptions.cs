using System.ComponentModel.DataAnnotations;
using System.Net;

namespace CleanMessaging.WebApi.Network;

/// <summary>The reverse proxies in front of this server whose headers are trusted.</summary>
internal sealed class ProxyOptions : IValidatableObject
{
    public const string Section = "Proxies";

    /// <summary>
    /// Addresses (<c>10.0.0.5</c>) and networks (<c>10.0.0.0/24</c>) of proxies whose <c>X-Forwarded-For</c>, <c>X-Forwarded-Proto</c> and
    /// <c>X-Forwarded-Prefix</c> headers are trusted. Empty by default: then these headers are ignored.
    /// </summary>
    public IReadOnlyList<string> Known { get; set; } = [];

    /// <summary>
    /// The base path that a proxy keeps when it forwards requests, such as <c>/chat</c>. Empty by default: for the root path, or for a
    /// proxy that removes the base path and sends <c>X-Forwarded-Prefix</c>.
    /// </summary>
    public string BasePath { get; set; } = "";

    public IEnumerable<IPNetwork> ToNetworks() =>
        Known.Select(text => ToNetwork(text) ?? throw new FormatException($"'{text}' is not an IP address or network."));

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var text in Known.Where(text => ToNetwork(text) is null))
        {
            yield return new ValidationResult(
                $"Proxies:Known has '{text}', which is neither an address nor a network such as 10.0.0.0/24.");
        }

        if (BasePath.Length > 0 && !Network.BasePath.IsValid(BasePath))
        {
            yield return new ValidationResult(
                $"Proxies:BasePath is '{BasePath}', not a path such as /chat. Use letters, digits, - _ ~ after each slash, no slash at the end.");
        }
    }

    private static IPNetwork? ToNetwork(string text)
    {
        if (IPNetwork.TryParse(text, out var network))
            return network;

        return IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : null;
    }
}
