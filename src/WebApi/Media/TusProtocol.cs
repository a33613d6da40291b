using System.Globalization;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Responses;

namespace CleanMessaging.WebApi.Media;

/// <summary>
/// The headers of the upload protocol (tus 1.0.0: its core, and termination), on the responses of the endpoints of uploads. A request that
/// does not reach its endpoint, such as one without a token, has none. A client that does not speak the protocol can leave its headers out.
/// </summary>
internal sealed class TusProtocol : IEndpointFilter
{
    private const string SupportedHeader = "Tus-Version";
    private const string Version = "1.0.0";

    /// <summary>The member of an error that says where the upload continues.</summary>
    private const string Offset = "offset";

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var httpContext = context.HttpContext;
        httpContext.Response.OnStarting(
            static state =>
            {
                Write((HttpContext)state);

                return Task.CompletedTask;
            },
            httpContext);
        if (httpContext.Request.Headers.TryGetValue(UploadHeaders.Version, out var stated) && stated != Version)
            throw new RequestRejectedException(MediaErrors.UnsupportedProtocol);

        try
        {
            return await next(context);
        }
        catch (DomainException exception) when (exception.Error.Details.TryGetValue(Offset, out var value) && value is long offset)
        {
            SetOffset(httpContext, offset);
            throw;
        }
    }

    /// <summary>Says where the upload continues, also in an error response.</summary>
    public static void SetOffset(HttpContext httpContext, long offset) => httpContext.Items[typeof(TusProtocol)] = offset;

    /// <summary>Writes the headers when the response starts, because error handling clears headers that were set before.</summary>
    private static void Write(HttpContext httpContext)
    {
        var headers = httpContext.Response.Headers;
        headers[UploadHeaders.Version] = Version;
        if (httpContext.Response.StatusCode == StatusCodes.Status412PreconditionFailed)
            headers[SupportedHeader] = Version;
        if (httpContext.Items[typeof(TusProtocol)] is long offset)
            headers[UploadHeaders.Offset] = offset.ToString(CultureInfo.InvariantCulture);
    }
}
