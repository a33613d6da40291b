namespace CleanMessaging.Infrastructure.Serialization;

/// <summary>Marks a request's member that may be left out, but not be null.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionalAttribute : Attribute;
