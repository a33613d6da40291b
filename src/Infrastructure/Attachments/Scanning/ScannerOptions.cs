using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;

namespace CleanMessaging.Infrastructure.Attachments.Scanning;

/// <summary>The virus scanner of attachments. Without one, files are not scanned.</summary>
public sealed class ScannerOptions : IValidatableObject
{
    public const string Section = "Attachments";

    /// <summary>The maximum length on every system that has Unix sockets.</summary>
    private const int SocketPathMaxLength = 100;

    /// <summary>Where ClamAV's daemon listens: <c>host:port</c>, or the absolute path of its Unix socket.</summary>
    public string? ClamAv { get; set; }

    /// <summary>The address of the scanner; null without one.</summary>
    internal EndPoint? Address => string.IsNullOrWhiteSpace(ClamAv) ? null : Parse(ClamAv);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrWhiteSpace(ClamAv) && Parse(ClamAv) is null)
        {
            yield return new ValidationResult(
                $"{Section}:{nameof(ClamAv)} is '{ClamAv}', which is neither host:port nor the absolute path of a Unix socket.");
        }
    }

    private static EndPoint? Parse(string text)
    {
        if (text.StartsWith('/'))
            return text.Length <= SocketPathMaxLength ? new UnixDomainSocketEndPoint(text) : null;

        if (IPEndPoint.TryParse(text, out var address) && address.Port > 0)
            return address;

        var colon = text.LastIndexOf(':');

        return colon > 0
            && Uri.CheckHostName(text[..colon]) == UriHostNameType.Dns
            && ushort.TryParse(text.AsSpan(colon + 1), out var port)
            && port > 0
            ? new DnsEndPoint(text[..colon], port)
            : null;
    }
}
