namespace CleanMessaging.PrivatePostgres;

/// <summary>No PostgreSQL that can run a private cluster is installed; the message names every solution.</summary>
public sealed class PostgresNotFoundException : Exception
{
    internal PostgresNotFoundException(IReadOnlyCollection<string> tooOld) : base(Describe(tooOld))
    {
    }

    private static string Describe(IReadOnlyCollection<string> tooOld)
    {
        var found = tooOld.Count == 0 ? "" : $" Too old: {string.Join(", ", tooOld)}.";

        return $"""
            No PostgreSQL {PostgresBinaries.OldestMajor} or newer (initdb, pg_ctl, postgres) on PATH or in the usual install folders.{found}
            One of these helps:
              1. Install it:
                   Debian, Ubuntu   apt install postgresql
                   Fedora, Red Hat  dnf install postgresql-server
                   macOS            brew install postgresql@17
                   Windows          winget install PostgreSQL.PostgreSQL.17
              2. Use a server that runs already: set ConnectionStrings:Messaging (environment variable ConnectionStrings__Messaging).
              3. Start everything in containers: docker compose up
            """;
    }
}
