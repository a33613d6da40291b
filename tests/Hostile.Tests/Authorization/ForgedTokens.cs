using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Hostile.Tests.Authorization;

/// <summary>Invalid tokens, each created from a valid one with one change.</summary>
internal static class ForgedTokens
{
    private static readonly byte[] _key = Encoding.UTF8.GetBytes(ApiServer.SigningKey);

    /// <summary>Returns the tokens by the change; null means no token.</summary>
    public static IReadOnlyList<(string Fault, string? Token)> From(TestUser user, DateTimeOffset now)
    {
        var good = user.AccessToken.Split('.');
        var past = now.AddHours(-2).ToUnixTimeSeconds();
        var future = now.AddMinutes(10).ToUnixTimeSeconds();
        using var rsa = RSA.Create(2048);
        var rsaHead = With(good[0], "alg", "RS256");
        var rsaSignature = rsa.SignData(
            Encoding.ASCII.GetBytes($"{rsaHead}.{good[1]}"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

        return
        [
            ("anonymous", null),
            ("no token", "nonsense"),
            ("expired", Signed(good[0], With(good[1], "exp", past))),
            ("expired a second ago", Signed(good[0], With(good[1], "exp", now.ToUnixTimeSeconds() - 1))),
            ("without an end", Signed(good[0], With(good[1], "exp", null))),
            ("not valid yet", Signed(good[0], With(good[1], "nbf", future))),
            ("alg none", $"{With(good[0], "alg", "none")}.{good[1]}."),
            ("alg None", $"{With(good[0], "alg", "None")}.{good[1]}."),
            ("alg none with the good signature", $"{With(good[0], "alg", "none")}.{good[1]}.{good[2]}"),
            ("no alg", Signed(With(good[0], "alg", null), good[1])),
            ("HS512 with the right key", $"{With(good[0], "alg", "HS512")}.{good[1]}.{Base64Url.EncodeToString(HMACSHA512.HashData(_key, Encoding.ASCII.GetBytes($"{With(good[0], "alg", "HS512")}.{good[1]}")))}"),
            ("RS256 with a key of its own", $"{rsaHead}.{good[1]}.{Base64Url.EncodeToString(rsaSignature)}"),
            ("wrong key", Signed(good[0], good[1], Encoding.UTF8.GetBytes("another-signing-key-0123456789-abcdefghijklmnop"))),
            ("keyed with the issuer's name", Signed(good[0], good[1], "cleanmessaging"u8.ToArray())),
            ("keyed with nothing", Signed(good[0], good[1], [])),
            (
                "key of its own in jwk",
                Signed(With(good[0], "jwk", new JsonObject { ["kty"] = "oct", ["k"] = "YQ" }), good[1], "a"u8.ToArray())),
            ("key of its own by jku", Signed(With(good[0], "jku", "http://127.0.0.1:9/keys"), good[1], "a"u8.ToArray())),
            ("kid that is a path", Signed(With(good[0], "kid", "../../dev/null"), good[1], [])),
            ("wrong issuer", Signed(good[0], With(good[1], "iss", "https://elsewhere.example"))),
            ("no issuer", Signed(good[0], With(good[1], "iss", null))),
            ("wrong audience", Signed(good[0], With(good[1], "aud", "another"))),
            ("no audience", Signed(good[0], With(good[1], "aud", null))),
            ("typ JWT", Signed(With(good[0], "typ", "JWT"), good[1])),
            ("typ of a refresh token", Signed(With(good[0], "typ", "rt+jwt"), good[1])),
            ("no typ", Signed(With(good[0], "typ", null), good[1])),
            ("without a user", Signed(good[0], With(good[1], "sub", null))),
            ("of a user without an id", Signed(good[0], With(good[1], "sub", "somebody"))),
            ("without a session", Signed(good[0], With(good[1], "sid", null))),
            ("of a session without an id", Signed(good[0], With(good[1], "sid", "1"))),
            ("without a role", Signed(good[0], With(good[1], "role", null))),
            ("of a role that is none", Signed(good[0], With(good[1], "role", "Owner"))),
            ("tampered user", $"{good[0]}.{With(good[1], "sub", Guid.CreateVersion7().ToString())}.{good[2]}"),
            ("tampered role", $"{good[0]}.{With(good[1], "role", user.Role == UserRole.Admin ? "Owner" : "Admin")}.{good[2]}"),
            ("tampered end", $"{good[0]}.{With(good[1], "exp", future)}.{good[2]}"),
            ("signature cut", $"{good[0]}.{good[1]}.{good[2][..20]}"),
            ("no signature", $"{good[0]}.{good[1]}."),
            ("two parts", $"{good[0]}.{good[1]}"),
            ("encrypted for nobody", $"{good[0]}.{good[1]}.{good[2]}.{good[1]}.{good[2]}"),
            ("refresh token as access token", user.RefreshToken),
        ];
    }

    /// <summary>The payload of an access token.</summary>
    public static JsonObject Read(string part) => JsonNode.Parse(Base64Url.DecodeFromChars(part))!.AsObject();

    private static string Signed(string head, string payload, byte[]? key = null) =>
        $"{head}.{payload}.{Base64Url.EncodeToString(HMACSHA256.HashData(key ?? _key, Encoding.ASCII.GetBytes($"{head}.{payload}")))}";

    private static string With(string part, string member, JsonNode? value)
    {
        var json = Read(part);
        if (value is null)
            json.Remove(member).ShouldBeTrue(member);
        else
            json[member] = value;

        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));
    }
}
