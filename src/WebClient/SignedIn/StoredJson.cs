using System.Text.Json.Serialization;
using CleanMessaging.Client;

namespace CleanMessaging.WebClient.SignedIn;

/// <summary>Source-generated JSON of the data in local storage, for trimming. A value that lacks a required member is rejected.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Credentials))]
[JsonSerializable(typeof(QueuedMessage))]
[JsonSerializable(typeof(Draft))]
[JsonSerializable(typeof(AgreedPrice))]
internal sealed partial class StoredJson : JsonSerializerContext;
