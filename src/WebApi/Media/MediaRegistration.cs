namespace CleanMessaging.WebApi.Media;

internal static class MediaRegistration
{
    /// <summary>Adds the downloads of attachments, and the links to them.</summary>
    public static IServiceCollection AddMedia(this IServiceCollection services) => services
        .AddSingleton<MediaLinks>()
        .AddSingleton<MediaLinkAuthentication>()
        .AddSingleton<DownloadGuard>()
        .AddSingleton<AttachmentDownload>();
}
