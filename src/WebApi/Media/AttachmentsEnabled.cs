using CleanMessaging.Application.Attachments;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.WebApi.Errors;

namespace CleanMessaging.WebApi.Media;

/// <summary>Rejects every request for attachments if the server has no keys or no storage for them.</summary>
internal sealed class AttachmentsEnabled(IAttachmentStore store) : IEndpointFilter
{
    /// <exception cref="RequestRejectedException"><c>feature.disabled</c></exception>
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        store.IsAvailable ? next(context) : throw new RequestRejectedException(MediaErrors.Disabled);
}
