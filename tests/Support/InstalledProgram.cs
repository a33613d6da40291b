namespace CleanMessaging.Tests.Support;

/// <summary>Finds a program that tests need.</summary>
internal static class InstalledProgram
{
    /// <summary>Returns the path of a program; null if it is not installed. Programs of the system are not in every user's PATH.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);
}
