using System.ComponentModel.DataAnnotations;
using CleanMessaging.Domain.Retention;

namespace CleanMessaging.WebApi.Startup;

/// <summary>Options of the retention of expired messages.</summary>
internal sealed class RetentionOptions
{
    public const string Section = "Retention";

    /// <summary>
    /// What the clean-up after a login does with the contents of the messages that it flags as expired: Retain, the default, or Redact.
    /// </summary>
    [EnumDataType(typeof(ExpiredContent))]
    public ExpiredContent ExpiredContent { get; set; } = RetentionPolicy.Default.ExpiredContent;

    /// <summary>The days after the expiry in which an Admin cannot purge the contents of a message, up to 3650; 30 by default.</summary>
    [Range(0, 3650)]
    public int KeepExpiredDays { get; set; } = RetentionPolicy.Default.KeepExpired.Days;

    public RetentionPolicy ToPolicy() => new(ExpiredContent, TimeSpan.FromDays(KeepExpiredDays));
}
