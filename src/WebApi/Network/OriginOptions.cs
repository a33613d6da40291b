using System.ComponentModel.DataAnnotations;
using System.Text;

namespace CleanMessaging.WebApi.Network;

/// <summary>The origins of the browser pages that may use this server.</summary>
internal sealed class OriginOptions : IValidatableObject
{
    public const string Section = "Origins";

    /// <summary>
    /// Origins of pages that may call the API and connect to the hub, such as <c>https://chat.example.com</c>; none by default. A page of
    /// the server's own origin may always connect.
    /// </summary>
    public IReadOnlyList<string> Allowed { get; set; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        from origin in Allowed
        where !IsOrigin(origin)
        select new ValidationResult($"Origins:Allowed has '{origin}', which is not a valid origin. Use only scheme, host and port, for example https://chat.example.com.");

    /// <summary>Whether a text is an origin as browsers write it: lower case, no path, and no default port.</summary>
    public static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp)
        && text == address.GetLeftPart(UriPartial.Authority)
        && Ascii.IsValid(text)
        && address.UserInfo.Length == 0;
}
