using System.Diagnostics;
using CleanMessaging.PrivatePostgres;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace CleanMessaging.Api.Tests.Encryption;

/// <summary>Tests a KMS that is not available, or that answers with anything but a key.</summary>
public sealed class HostileKmsTests : IDisposable
{
    private readonly KmsRun _run = new();

    public static TheoryData<string> Both => [KmsRun.Aws, KmsRun.Vault];

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData(KmsRun.Aws, false)]
    [InlineData(KmsRun.Aws, true)]
    [InlineData(KmsRun.Vault, false)]
    [InlineData(KmsRun.Vault, true)]
    public async Task Decrypt_WithoutAnAnswerOrItsEnd_FailsWhenTheTimeIsOver(string kind, bool hasBegun)
    {
        await using var kms = await FakeKms.StartAsync();
        kms.Interfere = async (_, context) =>
        {
            if (hasBegun)
                await context.Response.Body.WriteAsync("{"u8.ToArray());

            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            return true;
        };
        var started = Stopwatch.GetTimestamp();

        (await _run.FailAsync(KmsRun.Settings(kms, kind, KmsRun.KeyOf("one")), KmsRun.ShortLimit)).ShouldEndWith("within 2 s: it did not answer in time.");
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(15));
        kms.Requests.Count.ShouldBeGreaterThan(1);
    }

    /// <summary>The AWS SDK repeats such a request ten times itself, with any setting.</summary>
    [Theory]
    [InlineData(KmsRun.Aws, false)]
    [InlineData(KmsRun.Aws, true)]
    [InlineData(KmsRun.Vault, false)]
    [InlineData(KmsRun.Vault, true)]
    public async Task Decrypt_WhenTheConnectionBreaksManyTimes_IsRepeated(string kind, bool hasBegun)
    {
        await using var kms = await FakeKms.StartAsync();
        kms.Interfere = async (number, context) =>
        {
            if (number > 12)
                return false;

            if (hasBegun)
            {
                context.Response.ContentLength = 1000;
                await context.Response.Body.WriteAsync("{"u8.ToArray());
                await context.Response.Body.FlushAsync();
            }

            context.Abort();

            return true;
        };

        await _run.DecryptAsync(KmsRun.Settings(kms, kind, KmsRun.KeyOf("one")));

        kms.Requests.Count.ShouldBe(13);
        _run.Logs.Lines.ShouldHaveSingleItem();
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Decrypt_WithNothingOnThePort_FailsWhenTheTimeIsOver(string kind)
    {
        await using var kms = await FakeKms.StartAsync();
        var settings = KmsRun.Settings(kms, kind, KmsRun.KeyOf("one"), new Uri($"http://127.0.0.1:{ClusterServer.FreePort()}"));

        (await _run.FailAsync(settings, KmsRun.ShortLimit)).ShouldEndWith("within 2 s: the connection failed.");
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Decrypt_WithACertificateOfAnUnknownCa_Fails(string kind)
    {
        using var authority = new TestAuthority();
        await using var kms = await FakeKms.StartAsync(authority.Issue("localhost"));
        kms.Address.Scheme.ShouldBe("https");

        (await _run.FailAsync(KmsRun.Settings(kms, kind, KmsRun.KeyOf("one")), KmsRun.ShortLimit)).ShouldContain("within 2 s: TLS failed");
        kms.Requests.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Decrypt_AnsweredWithoutEnd_FailsAtOnce(string kind)
    {
        await using var kms = await FakeKms.StartAsync();
        kms.Interfere = async (_, context) =>
        {
            var block = new byte[16 * 1024];
            try
            {
                while (!context.RequestAborted.IsCancellationRequested)
                    await context.Response.Body.WriteAsync(block, context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                // The client has closed the connection.
            }

            return true;
        };

        (await _run.FailAsync(KmsRun.Settings(kms, kind, KmsRun.KeyOf("one")))).ShouldEndWith("its response is too large.");
        kms.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(KmsRun.Aws, 302)]
    [InlineData(KmsRun.Aws, 307)]
    [InlineData(KmsRun.Aws, 308)]
    [InlineData(KmsRun.Vault, 302)]
    [InlineData(KmsRun.Vault, 307)]
    public async Task Decrypt_AnsweredWithARedirect_FailsAtOnceAndDoesNotFollowIt(string kind, int status)
    {
        await using var kms = await FakeKms.StartAsync();
        await using var other = await FakeKms.StartAsync();
        kms.Interfere = (_, context) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = $"{other.Address.GetLeftPart(UriPartial.Authority)}{context.Request.Path}";

            return Task.FromResult(true);
        };

        (await _run.FailAsync(KmsRun.Settings(kms, kind, KmsRun.KeyOf("one")))).ShouldEndWith($"it answered with a redirect (status {status}), which is not followed.");
        kms.Requests.Count.ShouldBe(1);
        other.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(KmsRun.Aws, "{}")]
    [InlineData(KmsRun.Aws, "")]
    [InlineData(KmsRun.Aws, FakeKms.SecretInResponses)]
    [InlineData(KmsRun.Aws, """{ "Plaintext": "secret-in-a-response" }""")]
    [InlineData(KmsRun.Vault, "{}")]
    [InlineData(KmsRun.Vault, "")]
    [InlineData(KmsRun.Vault, "[]")]
    [InlineData(KmsRun.Vault, FakeKms.SecretInResponses)]
    [InlineData(KmsRun.Vault, """{ "data": { "plaintext": 1 } }""")]
    [InlineData(KmsRun.Vault, """{ "data": { "plaintext": "secret-in-a-response" } }""")]
    public async Task Decrypt_AnsweredWithoutAKey_FailsAtOnce(string kind, string body)
    {
        await using var kms = await FakeKms.StartAsync();
        kms.Interfere = async (_, context) =>
        {
            context.Response.ContentType = "application/x-amz-json-1.1";
            await context.Response.WriteAsync(body);

            return true;
        };

        (await _run.FailAsync(KmsRun.Settings(kms, kind, KmsRun.KeyOf("one")))).ShouldEndWith("its response does not have a key.");
        kms.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Decrypt_WhenTheStartIsInterrupted_EndsAtOnce()
    {
        await using var kms = await FakeKms.StartAsync();
        using var interruption = new CancellationTokenSource();
        kms.Interfere = async (_, context) =>
        {
            await interruption.CancelAsync();

            return await KmsRun.AnswerErrorAsync(context, 503);
        };

        await Should.ThrowAsync<OperationCanceledException>(
            () => _run.DecryptAsync(KmsRun.Settings(kms, KmsRun.Vault, KmsRun.KeyOf("one")), limit: TimeSpan.FromMinutes(5), interruption));
    }
}
