using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>Validates the storage with the settings that it depends on, and that its folder can be used.</summary>
/// <param name="hasKeys">Whether keys are configured, valid or not.</param>
/// <param name="hasBackplane">Whether there are several servers.</param>
internal sealed class StorageValidation(Func<bool> hasKeys, Func<bool> hasBackplane) : IValidateOptions<StorageOptions>
{
    private const string Section = StorageOptions.Section;

    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        var errors = ErrorsOf(options).ToList();

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private IEnumerable<string> ErrorsOf(StorageOptions options)
    {
        if (!options.IsSet)
            yield break;

        if (!hasKeys())
        {
            var setting = options.HasFolder ? nameof(options.Folder) : nameof(options.S3);
            yield return $"{Section}:{setting} is set, but there is no key to encrypt files with. "
                + "Set Encryption:Keys and Encryption:ActiveKey.";
        }

        if (!options.HasFolder || !Path.IsPathFullyQualified(options.Folder!))
            yield break;

        if (hasBackplane() && !options.FolderIsShared)
        {
            yield return $"ConnectionStrings:Redis is set, so there are several servers, and {Section}:Folder is of one server. "
                + $"Set {Section}:FolderIsShared to true if all servers have this folder, or set {Section}:S3.";
        }

        if (ProblemOf(options.Folder!) is { } problem)
            yield return $"{Section}:Folder cannot be used. {problem}";
    }

    private static string? ProblemOf(string folder)
    {
        try
        {
            FolderStorage.Probe(folder);

            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }
}
