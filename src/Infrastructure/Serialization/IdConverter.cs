using System.Text.Json;
using System.Text.Json.Serialization;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Infrastructure.Serialization;

/// <summary>Serializes a typed id as its <see cref="Guid"/>. Only events between servers contain typed ids.</summary>
internal sealed class IdConverter<TId>(Func<Guid, TId> idOf, Func<TId, Guid> valueOf) : JsonConverter<TId>
{
    private static readonly CanonicalGuidConverter _values = new();

    public override TId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        idOf(_values.Read(ref reader, typeof(Guid), options));

    public override void Write(Utf8JsonWriter writer, TId value, JsonSerializerOptions options) =>
        _values.Write(writer, valueOf(value), options);
}

internal static class IdConverters
{
    public static readonly IReadOnlyList<JsonConverter> All =
    [
        new IdConverter<UserId>(value => new UserId(value), id => id.Value),
        new IdConverter<ConversationId>(value => new ConversationId(value), id => id.Value),
        new IdConverter<MessageId>(value => new MessageId(value), id => id.Value),
        new IdConverter<ClientMessageId>(value => new ClientMessageId(value), id => id.Value),
        new IdConverter<SessionId>(value => new SessionId(value), id => id.Value),
        new IdConverter<TransactionId>(value => new TransactionId(value), id => id.Value),
    ];
}
