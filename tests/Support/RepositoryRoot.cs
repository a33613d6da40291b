namespace CleanMessaging.Tests.Support;

/// <summary>Where the source is, for tests that look something up in it.</summary>
internal static class RepositoryRoot
{
    public static readonly string Path = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(System.IO.Path.Combine(folder, "CleanMessaging.sln")) ? folder : Find(System.IO.Path.GetDirectoryName(folder)!);
}
