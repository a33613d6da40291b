namespace CleanMessaging.WebApi.Media;

internal static class MediaRegistration
{
    /// <summary>Adds the downloads of attachments, and the links to them.</summary>
    public static IServiceCollection AddMedia(this IServiceCollection services, IConfiguration settings)
    {
        services.AddOptions<MediaOptions>().Bind(settings.GetSection(MediaOptions.Section)).ValidateDataAnnotations().ValidateOnStart();

        return services
            .AddSingleton<MediaOrigin>()
            .AddSingleton<CdnHeaders>()
            .AddSingleton<MediaLinks>()
            .AddSingleton<MediaAddresses>()
            .AddSingleton<MediaLinkAuthentication>()
            .AddSingleton<DownloadGuard>()
            .AddSingleton<AttachmentDownload>();
    }
}
