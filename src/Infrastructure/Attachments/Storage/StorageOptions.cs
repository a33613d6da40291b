using System.ComponentModel.DataAnnotations;

namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>Where the encrypted objects of attachments are stored: in a folder or a bucket. Without either, attachments are off.</summary>
public sealed class StorageOptions : IValidatableObject
{
    public const string Section = "Attachments";

    /// <summary>The absolute path of a folder that only the server writes to.</summary>
    public string? Folder { get; set; }

    /// <summary>Whether all servers have the same folder. Several servers need this, or a bucket.</summary>
    public bool FolderIsShared { get; set; }

    /// <summary>A bucket of a storage with the interface of Amazon S3.</summary>
    public BucketOptions S3 { get; set; } = new();

    /// <summary>Whether a folder is set. An empty environment variable counts as not set.</summary>
    internal bool HasFolder => !string.IsNullOrWhiteSpace(Folder);

    internal bool HasBucket => S3.IsSet;

    internal bool IsSet => HasFolder || HasBucket;

    /// <summary>Returns what is wrong with the settings. The texts contain no access key.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (HasFolder && HasBucket)
            yield return new ValidationResult($"{Section}:Folder and {Section}:S3 are set. Set either the folder or the bucket.");

        if (HasFolder && !Path.IsPathFullyQualified(Folder!))
            yield return new ValidationResult($"{Section}:Folder is '{Folder}', which is not an absolute path.");

        foreach (var error in S3.Errors())
            yield return new ValidationResult(error);
    }
}

/// <summary>A bucket, its server and how to sign in there.</summary>
public sealed class BucketOptions
{
    private const string Section = $"{StorageOptions.Section}:S3";

    /// <summary>The address of the storage, for example <c>https://s3.eu-central-1.amazonaws.com</c>.</summary>
    public string? Endpoint { get; set; }

    /// <summary>The name of the bucket, which must exist.</summary>
    public string? Bucket { get; set; }

    /// <summary>The region that requests are signed for; <c>us-east-1</c> if it is not set.</summary>
    public string? Region { get; set; }

    /// <summary>
    /// The id of the access key. Without a key, the credentials come from the environment or from the role of the machine.
    /// </summary>
    public string? AccessKey { get; set; }

    public string? SecretKey { get; set; }

    /// <summary>Whether the bucket is a part of the path, as by default. Otherwise it is a part of the host name.</summary>
    public bool PathStyle { get; set; } = true;

    internal bool IsSet => HasText(Endpoint) || HasText(Bucket) || HasText(AccessKey) || HasText(SecretKey);

    internal string SigningRegion => HasText(Region) ? Region! : "us-east-1";

    internal bool HasKey => HasText(AccessKey);

    internal IEnumerable<string> Errors()
    {
        if (!IsSet)
            yield break;

        if (!Uri.TryCreate(Endpoint, UriKind.Absolute, out var endpoint)
            || (endpoint.Scheme != Uri.UriSchemeHttps && endpoint.Scheme != Uri.UriSchemeHttp)
            || endpoint.UserInfo.Length > 0
            || endpoint.Query.Length > 0)
        {
            // The value may contain a password.
            yield return $"{Section}:Endpoint is not an http or https address without user, password and query.";
        }

        if (!HasText(Bucket))
            yield return $"{Section}:Bucket is not set.";

        if (HasText(AccessKey) != HasText(SecretKey))
            yield return $"Of {Section}:AccessKey and {Section}:SecretKey, one is set and the other is not.";
    }

    private static bool HasText(string? value) => !string.IsNullOrWhiteSpace(value);
}
