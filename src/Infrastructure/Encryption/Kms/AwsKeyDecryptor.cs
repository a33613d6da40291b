using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;

namespace CleanMessaging.Infrastructure.Encryption.Kms;

/// <summary>Decrypts keys by AWS KMS, with the credentials and the region that the AWS SDK finds.</summary>
internal sealed class AwsKeyDecryptor : IKeyDecryptor
{
    private static readonly string[] _throttling = ["ThrottlingException", "LimitExceededException", "RequestLimitExceeded"];

    /// <summary>Errors that the SDK has no type for. Other codes are not shown, because they are a part of the response.</summary>
    private static readonly string[] _knownCodes =
    [
        "AccessDeniedException", "ExpiredTokenException", "InvalidSignatureException", "UnrecognizedClientException", "ValidationException",
        .. _throttling,
    ];

    private readonly AmazonKeyManagementServiceClient _client;
    private readonly string _keyId;

    /// <param name="keyId">The id, alias or ARN of the key that the keys must be encrypted under.</param>
    /// <param name="endpoint">The address of KMS; null for the one of the region.</param>
    /// <exception cref="KmsException">The SDK finds no region.</exception>
    public AwsKeyDecryptor(string keyId, string? endpoint)
    {
        _keyId = keyId;
        try
        {
            _client = new AmazonKeyManagementServiceClient(CreateConfig(endpoint));
        }
        catch (AmazonClientException)
        {
            throw new KmsException("the AWS SDK found no region. Set the environment variable AWS_REGION");
        }
    }

    /// <summary>Creates the configuration of the client. Of the environment it uses the region, but no address of a service.</summary>
    internal static AmazonKeyManagementServiceConfig CreateConfig(string? endpoint)
    {
        var config = new AmazonKeyManagementServiceConfig
        {
            MaxErrorRetry = 0,
            HttpClientFactory = new ClientFactory(),

            // The rule for links with TLS knows only the setting.
            IgnoreConfiguredEndpointUrls = true,
        };
        if (endpoint is null)
            return config;

        config.ServiceURL = endpoint;
        config.AuthenticationRegion = FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: false)?.SystemName;

        return config;
    }

    public async Task<byte[]> DecryptAsync(string encryptedKey, CancellationToken cancellationToken)
    {
        using var blob = new MemoryStream(Convert.FromBase64String(encryptedKey));
        try
        {
            var request = new DecryptRequest { KeyId = _keyId, CiphertextBlob = blob };
            var response = await _client.DecryptAsync(request, cancellationToken);

            return response.Plaintext?.ToArray() ?? throw KmsException.OfResponseWithoutKey();
        }
        catch (HttpRequestException exception)
        {
            throw KmsException.Of(exception);
        }
        catch (IOException)
        {
            throw new KmsException("the connection failed", isTransient: true);
        }
        catch (AmazonServiceException exception) when ((int)exception.StatusCode >= 400)
        {
            throw KmsException.OfStatus((int)exception.StatusCode, NameOf(exception), _throttling.Contains(exception.ErrorCode));
        }
        catch (AmazonServiceException)
        {
            throw KmsException.OfResponseWithoutKey();
        }
        catch (AmazonClientException)
        {
            throw new KmsException("the AWS SDK found no credentials, or could not send the request", isTransient: true);
        }
    }

    public void Dispose() => _client.Dispose();

    private static string? NameOf(AmazonServiceException exception)
    {
        if (exception is AmazonKeyManagementServiceException && exception.GetType() != typeof(AmazonKeyManagementServiceException))
            return exception.GetType().Name;

        return _knownCodes.Contains(exception.ErrorCode) ? exception.ErrorCode : null;
    }

    private sealed class ClientFactory : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => KmsHttp.CreateClient();

        /// <summary>The SDK then disposes the client.</summary>
        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => true;
    }
}
