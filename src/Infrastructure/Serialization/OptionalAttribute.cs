namespace CleanMessaging.Infrastructure.Serialization;

/// <summary>Marks a member that may be omitted, but is never null.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionalAttribute : Attribute;
