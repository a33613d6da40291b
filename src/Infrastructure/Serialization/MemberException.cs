using System.Text.Json;

namespace CleanMessaging.Infrastructure.Serialization;

/// <summary>A member's value is rejected for a reason that the caller may read.</summary>
/// <param name="path">Where the member is; found by the serializer when left out.</param>
internal sealed class MemberException(string reason, string? path = null) : JsonException(reason, path, lineNumber: null, bytePositionInLine: null);
