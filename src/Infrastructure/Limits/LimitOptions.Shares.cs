namespace CleanMessaging.Infrastructure.Limits;

/// <content>The limits whose default is a share of another one, or of the cores.</content>
public sealed partial class LimitOptions
{
    public int MessageSearchesInAll() => MessageSearchesAtOnce ?? AtLeastOne(Environment.ProcessorCount / 2);

    public int UploadsOfAddress() => UploadsPerAddress ?? AtLeastOne(UploadsAtOnce / 2);

    public int UploadsOfSite() => UploadsPerSite ?? AtLeastOne(UploadsAtOnce * 3L / 4);

    public int DownloadsOfAddress() => DownloadsPerAddress ?? AtLeastOne(DownloadsAtOnce / 2);

    public int DownloadsOfSite() => DownloadsPerSite ?? AtLeastOne(DownloadsAtOnce * 3L / 4);

    public int ConnectionsOfAddress() => ConnectionsPerAddress ?? AtLeastOne(Connections / 2);

    public int ConnectionsOfSite() => ConnectionsPerSite ?? AtLeastOne(Connections * 3L / 4);

    public int SocketsOfAddress() => SocketsPerAddress ?? AtLeastOne(Sockets / 2);

    public int SocketsOfSite() => SocketsPerSite ?? AtLeastOne(Sockets * 3L / 4);

    private static int AtLeastOne(long count) => (int)Math.Max(1, count);
}
