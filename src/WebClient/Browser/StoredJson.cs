using System.Text.Json.Serialization;
using CleanMessaging.Client;
using CleanMessaging.WebClient.Messages;
using CleanMessaging.WebClient.Quotas;

namespace CleanMessaging.WebClient.Browser;

/// <summary>The JSON of what is kept in the browser, generated, because the application is trimmed. What lacks something is not read.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Credentials))]
[JsonSerializable(typeof(OutboxMessage))]
[JsonSerializable(typeof(Draft))]
[JsonSerializable(typeof(AgreedPrice))]
internal sealed partial class StoredJson : JsonSerializerContext;
