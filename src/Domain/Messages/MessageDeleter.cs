namespace CleanMessaging.Domain.Messages;

/// <summary>Who deleted a message for everyone. The numbers are stored.</summary>
public enum MessageDeleter
{
    Sender = 1,
    Moderator = 2,
}
