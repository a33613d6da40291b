using System.ComponentModel.DataAnnotations;
using CleanMessaging.Infrastructure.Attachments.Storage;
using Microsoft.Extensions.Configuration;

namespace CleanMessaging.Api.Tests.Attachments.Storage;

/// <summary>Tests the settings of the storage, by themselves and with those that they depend on. No error contains an access key.</summary>
public sealed class StorageOptionsTests : IDisposable
{
    private const string Secret = "wJalrXUtnFEMIK7MDENGbPxRfiCY";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("attachments-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Settings_OfEmptyVariables_AreNone()
    {
        var options = Bind(new()
        {
            ["Attachments:Folder"] = "",
            ["Attachments:S3:Endpoint"] = "",
            ["Attachments:S3:Bucket"] = "",
            ["Attachments:S3:AccessKey"] = "",
            ["Attachments:S3:SecretKey"] = "",
        });

        options.IsSet.ShouldBeFalse();
        ErrorsOf(options, hasKeys: false, hasBackplane: true).ShouldBeEmpty();
    }

    [Fact]
    public void Settings_OfAFolder_AreValidAndCreateIt()
    {
        var folder = Path.Combine(_folder.FullName, "a", "b");

        ErrorsOf(Bind(new() { ["Attachments:Folder"] = folder })).ShouldBeEmpty();

        Directory.Exists(folder).ShouldBeTrue();
        Directory.EnumerateFiles(folder).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Attachments:S3:AccessKey", "id")]
    [InlineData("Attachments:S3:AccessKey", null)]
    [InlineData("Attachments:S3:Endpoint", "http://storage:9000")]
    public void Settings_OfABucket_AreValid(string key, string? value)
    {
        var settings = BucketSettings();
        settings[key] = value;
        if (value is null)
            settings.Remove("Attachments:S3:SecretKey");

        ErrorsOf(Bind(settings), hasBackplane: true).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Attachments:S3:Endpoint", null, "Attachments:S3:Endpoint is not an http or https address")]
    [InlineData("Attachments:S3:Endpoint", "storage:9000", "Attachments:S3:Endpoint is not")]
    [InlineData("Attachments:S3:Endpoint", "ftp://storage", "Attachments:S3:Endpoint is not")]
    [InlineData("Attachments:S3:Endpoint", $"https://id:{Secret}@storage", "Attachments:S3:Endpoint is not")]
    [InlineData("Attachments:S3:Endpoint", $"https://storage?key={Secret}", "Attachments:S3:Endpoint is not")]
    [InlineData("Attachments:S3:Bucket", " ", "Attachments:S3:Bucket is not set.")]
    [InlineData("Attachments:S3:AccessKey", "", "Of Attachments:S3:AccessKey and Attachments:S3:SecretKey, one is set")]
    [InlineData("Attachments:S3:SecretKey", "", "Of Attachments:S3:AccessKey and Attachments:S3:SecretKey, one is set")]
    [InlineData("Attachments:Folder", "/attachments", "Set either the folder or the bucket.")]
    public void Settings_OfABucketWithAnError_AreRejectedWithoutTheKey(string key, string? value, string reason)
    {
        var settings = BucketSettings();
        settings[key] = value;

        var error = OwnErrorsOf(Bind(settings)).ShouldHaveSingleItem();

        error.ShouldContain(reason);
        error.ShouldNotContain(Secret);
    }

    [Fact]
    public void Settings_OfARelativeFolder_AreRejected() =>
        ErrorsOf(Bind(new() { ["Attachments:Folder"] = "attachments" })).ShouldHaveSingleItem().ShouldContain("is not an absolute path");

    [Fact]
    public void Settings_OfAStorageWithoutKeys_AreRejected()
    {
        ErrorsOf(Bind(new() { ["Attachments:Folder"] = _folder.FullName }), hasKeys: false)
            .ShouldHaveSingleItem().ShouldBe("Attachments:Folder is set, but there is no key to encrypt files with. Set Encryption:Keys and Encryption:ActiveKey.");
        ErrorsOf(Bind(BucketSettings()), hasKeys: false)
            .ShouldHaveSingleItem().ShouldStartWith("Attachments:S3 is set, but there is no key");
    }

    [Fact]
    public void Settings_OfAFolderForSeveralServers_AreRejectedUnlessItIsShared()
    {
        var settings = new Dictionary<string, string?> { ["Attachments:Folder"] = _folder.FullName };

        ErrorsOf(Bind(settings), hasBackplane: true).ShouldHaveSingleItem().ShouldContain("Set Attachments:FolderIsShared to true");

        settings["Attachments:FolderIsShared"] = "true";
        ErrorsOf(Bind(settings), hasBackplane: true).ShouldBeEmpty();
    }

    [Fact]
    public void Settings_OfAFolderThatIsAFile_AreRejectedWithTheReason()
    {
        var file = Path.Combine(_folder.FullName, "file");
        File.WriteAllText(file, "");

        foreach (var folder in new[] { file, Path.Combine(file, "folder") })
            ErrorsOf(Bind(new() { ["Attachments:Folder"] = folder })).ShouldHaveSingleItem().ShouldStartWith("Attachments:Folder cannot be used. ");
    }

    private static Dictionary<string, string?> BucketSettings() => new()
    {
        ["Attachments:S3:Endpoint"] = "https://s3.eu-central-1.amazonaws.com",
        ["Attachments:S3:Bucket"] = "bucket",
        ["Attachments:S3:AccessKey"] = "id",
        ["Attachments:S3:SecretKey"] = Secret,
    };

    private static StorageOptions Bind(Dictionary<string, string?> settings)
    {
        var options = new StorageOptions();
        new ConfigurationBuilder().AddInMemoryCollection(settings).Build().GetSection(StorageOptions.Section).Bind(options);

        return options;
    }

    private static IEnumerable<string> OwnErrorsOf(StorageOptions options) =>
        options.Validate(new ValidationContext(options)).Select(error => error.ErrorMessage!);

    private static List<string> ErrorsOf(StorageOptions options, bool hasKeys = true, bool hasBackplane = false) =>
    [
        .. OwnErrorsOf(options),
        .. new StorageValidation(() => hasKeys, () => hasBackplane).Validate(null, options).Failures ?? [],
    ];
}
