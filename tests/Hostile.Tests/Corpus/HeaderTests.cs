using System.Globalization;
using System.Text;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Hostile.Tests.Corpus;

/// <summary>Tests headers and framing that no client library sends.</summary>
public sealed class HeaderTests(HostileServerFixture fixture) : IClassFixture<HostileServerFixture>
{
    private const string Unauthenticated = "401 auth.unauthenticated";

    [Fact]
    public async Task Authorization_ThatIsNoOneToken_IsUnauthenticated()
    {
        var token = fixture.Cast.Investor.AccessToken;
        var cases = new List<HostileCase>();
        foreach (var operation in fixture.Description.Operations.Where(operation => operation.NeedsToken))
        {
            var request = (await fixture.SampleOfAsync(operation)).ToRequest().Without("Authorization");
            cases.Add(new("twice the good one", request.WithToken(token).WithToken(token), Unauthenticated));
            cases.Add(new("a bad one first", request.WithToken("x").WithToken(token), Unauthenticated));
            cases.Add(new("a bad one last", request.WithToken(token).WithToken("x"), Unauthenticated));
            cases.AddRange(
                from value in new[]
                {
                    "", "Bearer", "Bearer ", token, $"Basic {token}", $"Token {token}", $"Bearer{token}", $"Bearer {token},x",
                    $"Bearer \"{token}\"", $"Bearer Bearer {token}", $"Bearer {token}.x",
                    $"Bearer {new string('a', 8 * 1024)}",
                    $"Bearer {new string('.', 4000)}",
                    "Bearer ..",
                    "Bearer e30.e30.",
                    "Basic aW52ZXN0b3I6cGFzc3dvcmQ=",
                    "Negotiate x",
                    "Digest username=\"x\"",
                }
                select new HostileCase(value, request.With("Authorization", value), Unauthenticated));
        }

        await fixture.ShouldRejectAsync(cases);
    }

    /// <summary>Tests that only the token identifies the caller, and that headers about the origin of a request have no effect.</summary>
    [Fact]
    public async Task Headers_ThatClaimToKnowBetter_AreIgnored()
    {
        var good = (await fixture.SampleOfAsync("getWallet")).ToRequest();
        var plain = (await fixture.SendAsync(good)).ShouldNotBeNull();
        var claims = new (string Name, string Value)[]
        {
            ("X-User-Id", fixture.Cast.Startup.Id.ToString()),
            ("X-Role", "Admin"),
            ("X-Forwarded-User", "admin"),
            ("X-Original-URL", "/api/admin/wallets/verify"),
            ("X-Rewrite-URL", "/api/admin/wallets/verify"),
            ("X-Forwarded-Prefix", "/api/admin"),
            ("X-Forwarded-Host", "elsewhere.example"),
            ("X-Forwarded-Proto", "ftp"),
            ("Forwarded", "for=127.0.0.1;host=elsewhere.example"),
            ("Cookie", "sid=1; access_token=x"),
            ("X-HTTP-Method-Override", "DELETE"),
            ("Accept", "application/xml"),
            ("Accept", "x"),
            ("Accept-Language", "tlh"),
            ("Accept-Encoding", "br;q=nonsense"),
            ("Accept-Charset", "utf-7"),
            ("If-None-Match", "*"),
            ("If-Modified-Since", "never"),
            ("Range", "bytes=0-0"),
            ("Upgrade", "h2c"),
            ("traceparent", "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-ff"),
            ("traceparent", "nonsense"),
            ("baggage", new('x', 4000)),
            ("Via", "1.1 x"),
            ("Max-Forwards", "0"),
        };

        foreach (var (name, value) in claims)
            (await fixture.SendAsync(good.With(name, value))).ShouldNotBeNull().Text.ShouldBe(plain.Text, $"{name}: {value}");

        var forged = Enumerable.Range(0, 50)
            .Aggregate(
                good,
                (request, number) => request.With("X-Forwarded-For", string.Create(CultureInfo.InvariantCulture, $"10.0.0.{number}")));
        (await fixture.SendAsync(forged)).ShouldNotBeNull().Text.ShouldBe(plain.Text);

        var admin = (await fixture.SampleOfAsync("verifyLedger")).As(fixture.Cast.Investor).ToRequest();
        await fixture.ShouldRejectAsync([.. claims.Select(claim => new HostileCase($"{claim.Name}: {claim.Value}", admin.With(claim.Name, claim.Value), "403 auth.forbidden"))]);
    }

    [Fact]
    public async Task ContentEncoding_OfAnyKind_IsRejected()
    {
        var sending = (await fixture.SampleOfAsync("sendMessage")).ToRequest();

        await fixture.ShouldRejectAsync(
        [
            .. from encoding in new[] { "gzip", "br", "deflate", "zstd", "compress", "x", "gzip, gzip", "identity, gzip", "identity;q=0", "chunked" }
               select new HostileCase(encoding, sending.With("Content-Encoding", encoding), "415 request.unsupported_content_encoding"),
        ]);
    }

    [Fact]
    public async Task IdempotencyKey_OutOfItsForm_IsRejected()
    {
        var credit = (await fixture.SampleOfAsync("creditWallet")).ToRequest().Without("Idempotency-Key");

        await fixture.ShouldRejectAsync(
        [
            new("none", credit, "400 validation.failed"),
            .. from key in new[] { "", new('x', 201), new('x', 300), "a b", "a\tb", "\u00c3\u00a4", "\u007f", "a,b c" }
               select new HostileCase(key, credit.With("Idempotency-Key", key), "400 validation.failed"),
        ]);
    }

    [Fact]
    public async Task Framing_ThatIsAmbiguous_IsRejectedByTheServerItself()
    {
        var sending = (await fixture.SampleOfAsync("sendMessage")).ToRequest();
        var body = sending.Body!.Value;
        var length = body.Length.ToString(CultureInfo.InvariantCulture);

        await fixture.ShouldRejectAsync(
        [
            new("two lengths", sending.With("Content-Length", length).With("Content-Length", "0"), "400"),
            new("two equal lengths", sending.With("Content-Length", length).With("Content-Length", length), "400"),
            new("two lengths in one", sending.With("Content-Length", $"{length}, {length}"), "400"),
            new("a negative length", sending.With("Content-Length", "-1"), "400"), new("no UTF-8", sending.With("X-Byte", "\u00ff"), "400"),
            new("a length in hexadecimal", sending.With("Content-Length", "0x10"), "400"),
            new("no number as length", sending.With("Content-Length", "x"), "400"),
            new("a length beyond numbers", sending.With("Content-Length", "99999999999999999999"), "400"),
            new("an unknown encoding last", sending.With("Transfer-Encoding", "chunked, gzip"), "400"),
            new("an unknown encoding", sending.With("Transfer-Encoding", "xchunked"), "400"),
            new("two hosts", sending.With("Host", "localhost").With("Host", "elsewhere"), "400"),
            new("no host that could be", sending.With("Host", "a b"), "400"),
            new("a blank before the colon", sending.With("X-Blank ", "x"), "400"),
            new("no name", sending.With("", "x"), "400"),
            new("a folded line", sending.With("X-Folded", "a\r\n b"), "400"),
            new("a NUL", sending.With("X-Nul", "a\0b"), "400"),
            new("a lone carriage return", sending.With("X-Line", "a\rb"), "400"),
            new("a header of 33 KB", sending.With("X-Long", new('x', 33 * 1024)), "431"),
            new("a name of 33 KB", sending.With(new('x', 33 * 1024), "x"), "431"),
            new("101 headers", Enumerable.Range(0, 101).Aggregate(sending, (request, number) => request.With($"X-{number}", "x")), "431"),
        ]);
    }

    /// <summary>
    /// Tests framing errors that the server detects while it reads the body; it rejects them like any other malformed request.
    /// </summary>
    [Fact]
    public async Task Chunks_OutOfTheirForm_AreRejected()
    {
        var sending = (await fixture.SampleOfAsync("sendMessage")).ToRequest().With("Transfer-Encoding", "chunked");

        await fixture.ShouldRejectAsync(
        [
            .. from chunks in new[]
               {
                   "2;\nxx\r\n{}\r\n0\r\n\r\n",
                   "2;x\n{}\r\n0\r\n\r\n",
                   "2;x=\"\n\"\r\n{}\r\n0\r\n\r\n",
                   "x\r\n{}\r\n0\r\n\r\n",
                   "fffffffffffffffff\r\n{}\r\n0\r\n\r\n",
                   "1\r\n{}\r\n0\r\n\r\n",
                   "-1\r\n{}\r\n0\r\n\r\n",
               }
               select new HostileCase(chunks, sending with { Body = Encoding.Latin1.GetBytes(chunks) }, "400 request.refused"),
        ]);
    }

    /// <summary>
    /// Tests a request with both Content-Length and Transfer-Encoding: the chunked framing applies, and the bytes after it are not treated
    /// as a request.
    /// </summary>
    [Fact]
    public async Task Framing_WithALengthAndChunks_SmugglesNothing()
    {
        var sending = (await fixture.SampleOfAsync("sendMessage")).ToRequest();
        var smuggled = (await fixture.SampleOfAsync("sendMessage")).ToRequest();
        var rows = await fixture.Server.CountsAsync();
        var both = sending.With("Content-Length", "4").With("Transfer-Encoding", "chunked") with
        {
            Body = (byte[])[.. "0\r\n\r\n"u8, .. smuggled.ToBytes()],
        };

        var answer = await fixture.SendAsync(both);

        answer.ShouldNotBeNull().Status.ShouldBe(400, answer.ToString());
        answer.Closes.ShouldBeTrue();
        (await fixture.Server.CountsAsync()).ShouldBe(rows);
        await fixture.ShouldBeUnaffectedAsync();
    }
}
