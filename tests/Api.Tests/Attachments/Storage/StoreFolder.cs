using System.Diagnostics.Metrics;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Attachments.Storage;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Telemetry;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Api.Tests.Attachments.Storage;

/// <summary>A folder of a test with a store in it, and helpers that all tests of stores use.</summary>
internal sealed class StoreFolder : IDisposable
{
    private static readonly MessagingMetrics _metrics = new(MeterFactory());

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("attachments-");

    public StoreFolder(params string[] keyIds)
    {
        Storage = FolderStorage.Open(Path, DateTimeOffset.UnixEpoch);
        Store = StoreOf(Storage, keyIds.Length > 0 ? keyIds : ["one"]);
    }

    public string Path => _folder.FullName;

    public FolderStorage Storage { get; }

    public AttachmentStore Store { get; }

    public static AttachmentStore StoreOf(IObjectStorage? storage, params string[] keyIds) => StoreOf(storage, RingOf(keyIds));

    public static AttachmentStore StoreOf(
        IObjectStorage? storage, KeyRing ring, ILogger<AttachmentStore>? logger = null, TimeSpan? wait = null, MessagingMetrics? metrics = null) =>
        new(storage, new FileKeys(ring), metrics ?? _metrics, logger ?? NullLogger<AttachmentStore>.Instance)
        {
            Wait = wait ?? StorageCallGuard.DefaultWait,
        };

    /// <summary>Returns a ring whose first key is the active one; an empty ring without keys.</summary>
    public static KeyRing RingOf(params string[] keyIds) => RingOf(keyIds.Length == 0 ? [] : TestKeys.Settings(keyIds));

    public static KeyRing RingOf(Dictionary<string, string?> settings)
    {
        var options = new EncryptionOptions();
        options.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());

        return new KeyRing(Options.Create(options));
    }

    /// <summary>Returns a factory whose meters are those of one test.</summary>
    public static IMeterFactory MeterFactory() =>
        new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();

    public static AttachmentId NewId() => (AttachmentId)Guid.CreateVersion7();

    /// <summary>Returns content whose every byte depends on its position, also across chunks.</summary>
    public static byte[] Content(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);

        return content;
    }

    public static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        await using (stream)
        {
            using var all = new MemoryStream();
            await stream.CopyToAsync(all, TestContext.Current.CancellationToken);

            return all.ToArray();
        }
    }

    /// <summary>Returns the path of the file of an object.</summary>
    public string FileOf(Guid objectId)
    {
        var name = objectId.ToString("N");

        return System.IO.Path.Combine(Path, name[^4..^2], name[^2..], name);
    }

    /// <summary>Returns all files below the folder.</summary>
    public IReadOnlyList<string> Files() => Directory.GetFiles(Path, "*", SearchOption.AllDirectories);

    public void Dispose() => _folder.Delete(recursive: true);
}
