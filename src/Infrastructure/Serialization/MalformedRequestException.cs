namespace CleanMessaging.Infrastructure.Serialization;

/// <summary>The request is not of the form that the operation takes.</summary>
public sealed class MalformedRequestException(string member, string reason) : Exception(reason)
{
    /// <summary>The member at fault as the caller wrote it; <c>$</c> for the whole.</summary>
    public string Member { get; } = member;
}
