using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using CleanMessaging.Application.Wallets;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CleanMessaging.WebApi.OpenApi;

/// <summary>
/// Describes the JSON that the converters of <see cref="StrictJson"/> read and write, which does not follow from the types.
/// </summary>
internal sealed class SchemaTransformer : IOpenApiSchemaTransformer
{
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        var value = Nullable.GetUnderlyingType(type) ?? type;
        if (value == typeof(Guid) || value == typeof(DateTimeOffset) || value.IsEnum)
            schema.Type = value == type ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;

        if (value.IsEnum)
            schema.Enum = [.. Enum.GetNames(value).Select(name => JsonValue.Create(name))];

        if (context.JsonTypeInfo is { Kind: JsonTypeInfoKind.Enumerable, ElementType: { } element } && element == typeof(Guid))
            schema.Items = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" };

        if (context.JsonPropertyInfo is { AttributeProvider: { } member })
        {
            if (member.IsDefined(typeof(OptionalAttribute), inherit: false))
                schema.Type &= ~JsonSchemaType.Null;
            if (context.JsonPropertyInfo is { DeclaringType: var owner, Name: "type" }
                && (owner == typeof(WalletTransactionResponse) || owner == typeof(UserTransactionResponse)))
            {
                schema.Enum = [.. Enum.GetNames<WalletTransactionType>().Select(name => JsonValue.Create(name.ToUpperInvariant()))];
            }
        }

        if (type == typeof(object))
            schema.Type = JsonSchemaType.Null;

        if (schema.Properties is { } members && members.TryGetValue("success", out var success) && success is OpenApiSchema always)
        {
            always.Enum = [JsonValue.Create(true)];
            schema.Required = members.Keys.ToHashSet();
        }

        return Task.CompletedTask;
    }
}
