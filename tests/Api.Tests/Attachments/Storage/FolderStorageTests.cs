using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Infrastructure.Attachments.Storage;
using CleanMessaging.Infrastructure.Telemetry;

namespace CleanMessaging.Api.Tests.Attachments.Storage;

/// <summary>Tests what a folder of attachments contains, and what happens when it cannot be used.</summary>
public sealed class FolderStorageTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Write_OfAnObject_IsForTheUserOfTheServerOnly()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        var file = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(10));

        var path = _folder.FileOf(file.Stored.Id);

        ModeOf(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        foreach (var folder in new[] { Path.GetDirectoryName(path)!, Path.GetDirectoryName(Path.GetDirectoryName(path))!, Path.Combine(_folder.Path, "unfinished") })
            ModeOf(folder).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task Write_UnderWay_IsAnUnfinishedFileOfTheUserThatAFailureRemoves()
    {
        var id = StoreFolder.NewId();
        var key = _folder.Store.CreateKey(id);
        await using var body = new WaitingBody();
        var writing = _folder.Store.WriteAsync(id, key, Guid.CreateVersion7(), body, 10, CancellationToken.None);
        await body.IsRead;

        var file = _folder.Files().ShouldHaveSingleItem();
        Path.GetFileName(Path.GetDirectoryName(file)).ShouldBe("unfinished");
        if (!OperatingSystem.IsWindows())
            ModeOf(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        body.Fail(new InvalidOperationException("a defect"));
        await Should.ThrowAsync<InvalidOperationException>(() => writing);
        _folder.Files().ShouldBeEmpty();
    }

    /// <summary>A killed server leaves files; another server may be writing one at this moment.</summary>
    [Fact]
    public async Task Open_OfAFolderWithUnfinishedFiles_RemovesThoseOlderThanADay()
    {
        var now = DateTimeOffset.Parse("2026-11-30T12:00:00Z", System.Globalization.CultureInfo.InvariantCulture);
        var stored = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(10));
        var old = Unfinished("old", now.AddDays(-1).AddSeconds(-1));
        var recent = Unfinished("recent", now.AddDays(-1).AddSeconds(1));

        FolderStorage.Open(_folder.Path, now);

        _folder.Files().ShouldBe([recent, _folder.FileOf(stored.Stored.Id)], ignoreOrder: true);
        File.Exists(old).ShouldBeFalse();

        string Unfinished(string name, DateTimeOffset written)
        {
            var path = Path.Combine(_folder.Path, "unfinished", name);
            File.WriteAllText(path, "");
            File.SetLastWriteTimeUtc(path, written.UtcDateTime);

            return path;
        }
    }

    /// <summary>The folder of a file system that is not mounted is empty, or is missing: no file is lost, and none is deleted.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Requests_WithoutTheFileSystem_AreUnavailableUntilItIsMounted(bool isEmpty)
    {
        var file = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(10));
        var elsewhere = $"{_folder.Path}-elsewhere";
        Directory.Move(_folder.Path, elsewhere);
        if (isEmpty)
            Directory.CreateDirectory(_folder.Path);

        await Should.ThrowAsync<AttachmentUnavailableException>(() => file.ReadAsync());
        await Should.ThrowAsync<AttachmentUnavailableException>(() => file.Store.DeleteAsync([file.Stored.Id], CancellationToken.None));
        await Should.ThrowAsync<AttachmentUnavailableException>(() => StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(10)));

        if (isEmpty)
            Directory.Delete(_folder.Path);
        Directory.Move(elsewhere, _folder.Path);
        (await file.ReadAsync()).ShouldBe(StoreFolder.Content(10));
    }

    /// <summary>A pipe stands for a network file system: a call that opens it does not return before another process writes to it.</summary>
    [Fact]
    public async Task Read_WhileTheFileSystemDoesNotAnswer_IsUnavailableInTime()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no named pipes in folders.");
        var file = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(10));
        var path = _folder.FileOf(file.Stored.Id);
        File.Delete(path);
        Run("mkfifo", path).ShouldBeTrue();
        var store = StoreFolder.StoreOf(_folder.Storage, StoreFolder.RingOf("one"), wait: TimeSpan.FromMilliseconds(200));

        await Should.ThrowAsync<AttachmentUnavailableException>(() => (file with { Store = store }).ReadAsync());

        // Ends the call that still waits.
        await using var writer = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
    }

    [Fact]
    public async Task Failures_OfTheStorage_AreCountedByOperation()
    {
        var meters = StoreFolder.MeterFactory();
        var counted = new ConcurrentQueue<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, enabling) =>
        {
            if (instrument.Meter.Scope == meters)
                enabling.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>(
            (instrument, value, tags, _) => counted.Enqueue($"{instrument.Name} {value} {tags[0].Key}={tags[0].Value}"));
        listener.Start();
        var store = StoreFolder.StoreOf(_folder.Storage, StoreFolder.RingOf("one"), metrics: new MessagingMetrics(meters));
        var file = await StoredFile.WriteAsync(store, StoreFolder.Content(10));
        var elsewhere = $"{_folder.Path}-elsewhere";
        Directory.Move(_folder.Path, elsewhere);

        await Should.ThrowAsync<AttachmentUnavailableException>(() => file.ReadAsync());
        await Should.ThrowAsync<AttachmentUnavailableException>(() => store.DeleteAsync([file.Stored.Id], CancellationToken.None));
        await Should.ThrowAsync<AttachmentUnavailableException>(() => StoredFile.WriteAsync(store, StoreFolder.Content(10)));

        Directory.Move(elsewhere, _folder.Path);
        const string Counter = "cleanmessaging.attachments.storage.failures 1 operation=";
        counted.ShouldBe([$"{Counter}read", $"{Counter}delete", $"{Counter}write"]);
    }

    /// <summary>A full disk, by a file system of 1 MiB.</summary>
    [Fact]
    public async Task Write_ToAFullDisk_IsUnavailableAndLeavesNoFile()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Mounting a file system needs root on Linux.");
        using var disk = SmallDisk.TryMount();
        Assert.SkipWhen(disk is null, "This machine does not mount a file system.");
        var store = StoreFolder.StoreOf(FolderStorage.Open(disk.Path, DateTimeOffset.UnixEpoch), "one");

        await Should.ThrowAsync<AttachmentUnavailableException>(() => StoredFile.WriteAsync(store, StoreFolder.Content(2 * 1024 * 1024)));

        Directory.GetFiles(disk.Path, "*", SearchOption.AllDirectories).ShouldBeEmpty();
        await StoredFile.WriteAsync(store, StoreFolder.Content(100 * 1024));
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();

        return process.ExitCode == 0;
    }

    private static UnixFileMode ModeOf(string path) =>
        OperatingSystem.IsWindows() ? throw new PlatformNotSupportedException() : File.GetUnixFileMode(path);

    /// <summary>Waits in its first read until the test ends it.</summary>
    private sealed class WaitingBody : MemoryStream
    {
        private readonly TaskCompletionSource _isRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<int> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task IsRead => _isRead.Task;

        public void Fail(Exception exception) => _end.SetException(exception);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _isRead.TrySetResult();

            return await _end.Task;
        }
    }

    private sealed class SmallDisk : IDisposable
    {
        private SmallDisk(string path) => Path = path;

        public string Path { get; }

        public static SmallDisk? TryMount()
        {
            var folder = Directory.CreateTempSubdirectory("disk-").FullName;
            if (Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder))
                return new SmallDisk(folder);

            Directory.Delete(folder);

            return null;
        }

        public void Dispose()
        {
            Run("umount", Path);
            Directory.Delete(Path);
        }
    }
}
