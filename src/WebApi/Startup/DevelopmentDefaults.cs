using System.Security.Cryptography;
using CleanMessaging.Infrastructure.Attachments.Storage;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Tokens;

namespace CleanMessaging.WebApi.Startup;

/// <summary>Default settings that make configuration unnecessary in Development. They do not apply in other environments.</summary>
internal static class DevelopmentDefaults
{
    /// <summary>
    /// In Development, sets a signing key, a key file and a folder for attachments of this machine if none is configured. A Debug build
    /// also starts a private PostgreSQL if no connection string is configured. Dispose the result after the application has stopped.
    /// </summary>
    /// <exception cref="StartRejectedException">There is no connection string, and no PostgreSQL installation was found.</exception>
    public static async Task<IAsyncDisposable?> ApplyAsync(WebApplicationBuilder builder, CancellationToken cancellationToken)
    {
        if (!builder.Environment.IsDevelopment())
            return null;

        var settings = builder.Configuration;
        const string SigningKey = $"{JwtOptions.Section}:{nameof(JwtOptions.SigningKey)}";
        if (string.IsNullOrEmpty(settings[SigningKey]))
        {
            var file = await EnsureFileAsync("development-signing-key", NewSigningKey);
            settings[SigningKey] = await File.ReadAllTextAsync(file, cancellationToken);
        }

        var encryption = settings.GetSection(EncryptionOptions.Section);
        if (encryption.AsEnumerable().All(setting => string.IsNullOrEmpty(setting.Value) || setting.Key == $"{encryption.Path}:Messages"))
            encryption["KeyFile"] = await EnsureFileAsync("development-keys.json", NewKeyFile);

        SetAttachmentFolder(settings);

#if DEBUG
        return await DevelopmentDatabase.StartIfNoneIsConfiguredAsync(settings, cancellationToken);
#else
        return null;
#endif
    }

    /// <summary>
    /// Sets a folder next to the key file, which all servers of this user share, if neither a folder nor a bucket is configured.
    /// </summary>
    private static void SetAttachmentFolder(ConfigurationManager settings)
    {
        var storage = settings.GetSection(StorageOptions.Section);
        var bucket = storage.GetSection(nameof(StorageOptions.S3));
        if (!string.IsNullOrEmpty(storage[nameof(StorageOptions.Folder)])
            || bucket.AsEnumerable().Any(setting => !string.IsNullOrEmpty(setting.Value)))
        {
            return;
        }

        storage[nameof(StorageOptions.Folder)] = Path.Combine(DataFolder(), "attachments");
        storage[nameof(StorageOptions.FolderIsShared)] = "true";
    }

    private static string DataFolder() => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create),
        "CleanMessaging");

    private static string NewSigningKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));

    /// <summary>
    /// Returns the text of a key file with one key. Its id is random too: if the file is lost, the next one does not use the id of another
    /// key.
    /// </summary>
    private static string NewKeyFile()
    {
        var id = $"development-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        var value = Convert.ToBase64String(RandomNumberGenerator.GetBytes(EncryptionOptions.KeyBytes));

        return $$"""{ "Encryption": { "ActiveKey": "{{id}}", "Keys": [{ "Id": "{{id}}", "Value": "{{value}}" }] } }""";
    }

    /// <summary>
    /// Returns the path of a file of the current user, which is created on the first start, so that its secret stays the same after a
    /// restart.
    /// </summary>
    private static async Task<string> EnsureFileAsync(string name, Func<string> newContent)
    {
        var folder = DataFolder();
        var file = Path.Combine(folder, name);
        if (File.Exists(file))
            return file;

        Directory.CreateDirectory(folder);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        var unfinished = Path.Combine(folder, Path.GetRandomFileName());
        await using (var writer = new StreamWriter(unfinished, options))
            await writer.WriteAsync(newContent());

        try
        {
            File.Move(unfinished, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            // A concurrent first start has already created the file, which is used.
            File.Delete(unfinished);
        }

        return file;
    }
}
