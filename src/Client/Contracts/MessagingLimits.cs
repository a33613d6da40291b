namespace CleanMessaging.Client;

/// <summary>
/// The largest values that the server accepts, for checks before a request. The server rejects larger ones with
/// <see cref="InvalidRequestException"/>.
/// </summary>
public static class MessagingLimits
{
    /// <summary>The length of a message in characters (Unicode code points).</summary>
    public const int ContentLength = 5_000;

    /// <summary>The hours until a message expires; the smallest value is 1.</summary>
    public const int ExpirationHours = 8_760;

    /// <summary>The sequences of one call of <see cref="MessagesClient.LookUpAsync"/>; the smallest number is 1.</summary>
    public const int LookUpSequences = 50;

    /// <summary>The free messages of a day that an Admin can set.</summary>
    public const int DailyFreeLimit = 1_000_000;

    /// <summary>The points for each further message that an Admin can set.</summary>
    public const int PointsPerMessage = 1_000_000;

    /// <summary>The points of one credit; the smallest value is 1.</summary>
    public const long CreditAmount = 1_000_000_000_000;

    /// <summary>The messages of one call of <see cref="AdministrationClient.PurgeStepAsync"/>; the smallest number is 1.</summary>
    public const int PurgedMessages = 5_000;

    /// <summary>The length of the reason for a credit, a reversal or a purge in characters.</summary>
    public const int ReasonLength = 500;

    /// <summary>The length of a search for users in characters.</summary>
    public const int SearchLength = 100;

    /// <summary>The length of a search in messages in characters (Unicode code points).</summary>
    public const int QueryLength = 200;

    /// <summary>The attachments of one message.</summary>
    public const int Attachments = 10;

    /// <summary>The length of the name of a file in characters (Unicode code points).</summary>
    public const int FileNameLength = 200;

    /// <summary>The length of the description of a file in characters (Unicode code points).</summary>
    public const int FileDescriptionLength = 500;

    /// <summary>The length of a voice message in milliseconds; the smallest value is 300.</summary>
    public const int VoiceMilliseconds = 600_000;

    /// <summary>The size of a voice message in bytes, unless the server allows only smaller files.</summary>
    public const int VoiceBytes = 10 * 1024 * 1024;

    /// <summary>The attachments of one call of <see cref="AttachmentsClient.CreateLinksAsync"/>; the smallest number is 1.</summary>
    public const int Links = 100;
}
