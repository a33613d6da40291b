using System.Security.Cryptography;
using CleanMessaging.Infrastructure.Tokens;

namespace CleanMessaging.WebApi.Startup;

/// <summary>Default settings that make configuration unnecessary in Development. They do not apply in other environments.</summary>
internal static class DevelopmentDefaults
{
    /// <summary>
    /// In Development, sets a signing key for this machine if none is configured. A Debug build also starts a private PostgreSQL if no
    /// connection string is configured. Dispose the result after the application has stopped.
    /// </summary>
    /// <exception cref="StartRejectedException">There is no connection string, and no PostgreSQL installation was found.</exception>
    public static async Task<IAsyncDisposable?> ApplyAsync(WebApplicationBuilder builder, CancellationToken cancellationToken)
    {
        if (!builder.Environment.IsDevelopment())
            return null;

        var settings = builder.Configuration;
        if (string.IsNullOrEmpty(settings[$"{JwtOptions.Section}:{nameof(JwtOptions.SigningKey)}"]))
            settings[$"{JwtOptions.Section}:{nameof(JwtOptions.SigningKey)}"] = await MachineKeyAsync();

#if DEBUG
        return await DevelopmentDatabase.StartIfNoneIsConfiguredAsync(settings, cancellationToken);
#else
        return null;
#endif
    }

    /// <summary>Returns a random key that is stored on this machine, so that tokens stay valid after a restart.</summary>
    private static async Task<string> MachineKeyAsync()
    {
        var folder = Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create),
            "CleanMessaging");
        var file = Path.Combine(folder, "development-signing-key");
        if (File.Exists(file))
            return await File.ReadAllTextAsync(file);

        Directory.CreateDirectory(folder);
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        var unfinished = Path.Combine(folder, Path.GetRandomFileName());
        await using (var writer = new StreamWriter(unfinished, options))
            await writer.WriteAsync(key);

        try
        {
            File.Move(unfinished, file, overwrite: false);

            return key;
        }
        catch (IOException) when (File.Exists(file))
        {
            // A concurrent first start has already stored its key, which is used.
            File.Delete(unfinished);

            return await File.ReadAllTextAsync(file);
        }
    }
}
