using System.Text.Json;

namespace CleanMessaging.Infrastructure.Serialization;

/// <summary>A member's value is refused for a reason that the caller may read.</summary>
internal sealed class MemberException(string reason) : JsonException(reason);
