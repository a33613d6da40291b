using System.Net;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>Stores objects in a bucket of a storage with the interface of Amazon S3. The key of an object is its id.</summary>
/// <remarks>
/// It uses only what other implementations of the interface have too: whole requests with a signed hash of their content, without chunked
/// signatures and without checksums after the content. The tags of the encryption verify the content in any case.
/// </remarks>
internal sealed class BucketStorage : IObjectStorage, IDisposable
{
    private readonly AmazonS3Client _client;
    private readonly string _bucket;

    public BucketStorage(BucketOptions options)
    {
        _bucket = options.Bucket ?? throw new ArgumentException("The bucket has no name.", nameof(options));
        var config = new AmazonS3Config
        {
            ServiceURL = options.Endpoint,
            AuthenticationRegion = options.SigningRegion,
            ForcePathStyle = options.PathStyle,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            ConnectTimeout = TimeSpan.FromSeconds(3),
            MaxErrorRetry = 2,

            // StorageCallGuard limits the time of each call by its size.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _client = options.HasKey
            ? new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), config)
            : new AmazonS3Client(config);
    }

    /// <summary>How many objects a request lists.</summary>
    public int PageLength { get; init; } = 1000;

    public Task<UnfinishedFile> CreateFileAsync(Guid objectId) => Task.FromResult(UnfinishedFile.CreateTemporary());

    public Task PutAsync(Guid objectId, UnfinishedFile file, CancellationToken cancellationToken) => _client.PutObjectAsync(
        new PutObjectRequest
        {
            BucketName = _bucket,
            Key = KeyOf(objectId),
            InputStream = file.Content,
            AutoCloseStream = false,
            ContentType = "application/octet-stream",
            UseChunkEncoding = false,
        },
        cancellationToken);

    public async Task<Stream?> OpenAsync(Guid objectId, long offset, long length, CancellationToken cancellationToken)
    {
        try
        {
            var response = await _client.GetObjectAsync(
                new GetObjectRequest
                {
                    BucketName = _bucket,
                    Key = KeyOf(objectId),
                    ByteRange = new ByteRange(offset, offset + length - 1),
                },
                cancellationToken);
            if (offset == 0 || response.HttpStatusCode == HttpStatusCode.PartialContent)
                return response.ResponseStream;

            response.Dispose();
            throw new IOException("The storage ignores the range of a request.");
        }
        catch (AmazonS3Exception exception) when (exception.ErrorCode is "NoSuchKey" or "InvalidRange")
        {
            return null;
        }
    }

    public Task DeleteAsync(Guid objectId, CancellationToken cancellationToken) =>
        _client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = _bucket, Key = KeyOf(objectId) }, cancellationToken);

    public async IAsyncEnumerable<Guid> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = _bucket, MaxKeys = PageLength };
        while (true)
        {
            var page = await _client.ListObjectsV2Async(request, cancellationToken);
            foreach (var stored in page.S3Objects ?? [])
            {
                if (Guid.TryParseExact(stored.Key, "N", out var objectId))
                    yield return objectId;
            }

            if (page.IsTruncated != true)
                yield break;

            request.ContinuationToken = page.NextContinuationToken;
        }
    }

    public bool IsFailure(Exception exception) => exception
        is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or UnauthorizedAccessException;

    public void Dispose() => _client.Dispose();

    private static string KeyOf(Guid objectId) => objectId.ToString("N");
}
