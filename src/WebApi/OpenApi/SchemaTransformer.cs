using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Wallets;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Endpoints;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CleanMessaging.WebApi.OpenApi;

/// <summary>
/// Describes what does not follow from the types: the JSON of the converters of <see cref="StrictJson"/>, and the parameters that parse
/// themselves.
/// </summary>
internal sealed class SchemaTransformer : IOpenApiSchemaTransformer
{
    /// <summary>The types with the kind of an attachment.</summary>
    private static readonly Type[] _withKind = [typeof(AttachmentResponse), typeof(UploadResponse), typeof(BeginUploadRequest)];

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
        if (type == typeof(object))
            schema.Type = JsonSchemaType.Null;
        if (context.JsonPropertyInfo is { } member)
            DescribeMember(schema, member);
        if (context.ParameterDescription?.ParameterDescriptor is IParameterInfoParameterDescriptor { ParameterInfo: { } input })
            DescribeParameter(schema, input);

        // The members of a response are always present, except optional ones.
        var members = context.JsonTypeInfo.Properties;
        if (members.Any(IsSuccess))
            schema.Required = members.Where(one => !IsOptional(one) && !one.IsExtensionData).Select(one => one.Name).ToHashSet();

        return Task.CompletedTask;
    }

    private static void DescribeMember(OpenApiSchema schema, JsonPropertyInfo member)
    {
        var owner = member.DeclaringType;
        if (IsOptional(member))
            schema.Type &= ~JsonSchemaType.Null;
        if (IsSuccess(member))
            schema.Enum = [JsonValue.Create(owner != typeof(ProblemDocument))];
        if (member.Name == "type" && (owner == typeof(WalletTransactionResponse) || owner == typeof(UserTransactionResponse)))
            schema.Enum = [.. Enum.GetNames<WalletTransactionType>().Select(name => JsonValue.Create(name.ToUpperInvariant()))];
        if (member.Name == "kind" && _withKind.Contains(owner))
            schema.Enum = [.. AttachmentKindName.All.Select(name => JsonValue.Create(name))];
        if (member.Name == "state" && owner == typeof(UploadResponse))
            schema.Enum = [.. UploadResponse.States.Select(name => JsonValue.Create(name))];
    }

    private static void DescribeParameter(OpenApiSchema schema, ParameterInfo input)
    {
        var type = Nullable.GetUnderlyingType(input.ParameterType) ?? input.ParameterType;
        if (type == typeof(CanonicalId))
            schema.Format = "uuid";
        if (input.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed)
        {
            schema.Enum = [.. allowed.Values.Select(value => JsonValue.Create((string)value!))];
            schema.Default = input.GetCustomAttribute<DefaultValueAttribute>()?.Value as string;
        }

        if (type == typeof(SequenceList))
        {
            schema.Type = JsonSchemaType.String;
            schema.Pattern = "^[0-9]+(,[0-9]+)*$";
            schema.Examples = [JsonValue.Create("3,17")];
        }

        if (type == typeof(StrictInteger<int>) || type == typeof(StrictInteger<long>))
        {
            schema.Type = JsonSchemaType.Integer;
            schema.Format = type == typeof(StrictInteger<int>) ? "int32" : "int64";
            schema.Minimum = "0";
            schema.Default = input.GetCustomAttribute<DefaultValueAttribute>()?.Value is int preset ? preset : null;
        }
    }

    private static bool IsSuccess(JsonPropertyInfo member) => member.Name == "success";

    private static bool IsOptional(JsonPropertyInfo member) =>
        member.AttributeProvider?.IsDefined(typeof(OptionalAttribute), inherit: false) == true;
}
