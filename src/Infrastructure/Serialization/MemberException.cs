using System.Text.Json;

namespace CleanMessaging.Infrastructure.Serialization;

/// <summary>A member's value is invalid; the message is for the caller.</summary>
/// <param name="path">The path of the member; the serializer determines it if omitted.</param>
internal sealed class MemberException(string reason, string? path = null) : JsonException(
    reason, path, lineNumber: null, bytePositionInLine: null);
