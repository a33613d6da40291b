using System.Text.Json.Serialization;
using CleanMessaging.Client;
using CleanMessaging.WebClient.Messages;
using CleanMessaging.WebClient.Quotas;

namespace CleanMessaging.WebClient.Browser;

/// <summary>Source-generated JSON of the data in local storage, for trimming. A value that lacks a required member is rejected.</summary>
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
