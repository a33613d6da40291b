namespace CleanMessaging.Infrastructure.Serialization;

/// <summary>Marks a member of a request that may be omitted, but must not be null.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionalAttribute : Attribute;
