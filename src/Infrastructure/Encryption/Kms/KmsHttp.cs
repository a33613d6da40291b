using System.Net;

namespace CleanMessaging.Infrastructure.Encryption.Kms;

/// <summary>
/// Makes HTTP clients for a KMS. They verify TLS, do not follow redirects, and read at most 64 KiB of a response. The caller limits the
/// time.
/// </summary>
internal static class KmsHttp
{
    private const int ResponseBytesMax = 64 * 1024;

    public static HttpClient CreateClient() => new(
        new ResponseGuard
        {
            InnerHandler = new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.None,
                ConnectTimeout = TimeSpan.FromSeconds(3),
            },
        })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private sealed class ResponseGuard : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            try
            {
                // The AWS SDK would follow some redirects itself.
                if ((int)response.StatusCode is >= 300 and < 400)
                    throw new KmsException($"it answered with a redirect (status {(int)response.StatusCode}), which is not followed");

                await response.Content.LoadIntoBufferAsync(ResponseBytesMax, cancellationToken);

                return response;
            }
            catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
            {
                response.Dispose();
                throw new KmsException("its response is too large");
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }
    }
}
