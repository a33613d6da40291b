namespace CleanMessaging.Infrastructure.Persistence.Sql;

/// <summary>The SQL files that migrations run.</summary>
internal static class SqlFile
{
    /// <summary>The visibility rule and the functions that read by it. A migration that changes the file runs it.</summary>
    public static string Visibility => Read("visibility.sql");

    private static string Read(string name)
    {
        using var stream = typeof(SqlFile).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly does not contain {name}.");
        using var reader = new StreamReader(stream);

        return reader.ReadToEnd();
    }
}
