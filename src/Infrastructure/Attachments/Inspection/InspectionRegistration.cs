using CleanMessaging.Application.Attachments;
using CleanMessaging.Infrastructure.Attachments.Inspection.Images;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Infrastructure.Attachments.Inspection;

public static class InspectionRegistration
{
    /// <summary>Adds the inspection of uploads, and the processes that convert images.</summary>
    public static IServiceCollection AddInspection(this IServiceCollection services)
    {
        services.AddSingleton(ImageProgram.Find());
        services.AddSingleton<ImageProcessPool>();
        services.AddSingleton<ImageConverter>();
        services.AddSingleton<InspectionQueue>();
        services.AddSingleton<IAttachmentInspector, AttachmentInspector>();

        return services;
    }
}
