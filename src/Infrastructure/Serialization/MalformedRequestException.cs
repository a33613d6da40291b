namespace CleanMessaging.Infrastructure.Serialization;

/// <summary>The request does not have the form that the operation requires.</summary>
public sealed class MalformedRequestException(string member, string reason) : Exception(reason)
{
    /// <summary>The invalid member as the caller wrote it; <c>$</c> for the whole request.</summary>
    public string Member { get; } = member;
}
