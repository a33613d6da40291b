namespace CleanMessaging.Tests.Support;

/// <summary>The root folder of the repository, for tests that search the source.</summary>
internal static class RepositoryRoot
{
    public static readonly string Path = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(System.IO.Path.Combine(folder, "CleanMessaging.sln")) ? folder : Find(System.IO.Path.GetDirectoryName(folder)!);
}
