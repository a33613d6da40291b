namespace CleanMessaging.Domain.Retention;

/// <summary>What happens to the contents of a message once the clean-up has flagged it as expired.</summary>
public enum ExpiredContent
{
    /// <summary>The contents stay in the database, for audits, until an Admin purges them.</summary>
    Retain,

    /// <summary>The clean-up erases the contents.</summary>
    Redact,
}
