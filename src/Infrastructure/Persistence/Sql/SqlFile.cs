namespace CleanMessaging.Infrastructure.Persistence.Sql;

/// <summary>The SQL files that migrations run.</summary>
internal static class SqlFile
{
    /// <summary>
    /// The visibility rule and the functions that read by it, and the functions of previous versions. A migration that changes one of the
    /// two files runs both.
    /// </summary>
    public static string Visibility => Read("visibility.sql") + Read("previous_versions.sql");

    private static string Read(string name)
    {
        using var stream = typeof(SqlFile).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly does not contain {name}.");
        using var reader = new StreamReader(stream);

        return reader.ReadToEnd();
    }
}
