using CleanMessaging.Api.Tests.Attachments.Storage;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Telemetry;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Api.Tests.Encryption;

/// <summary>Encryption of message texts without a server.</summary>
internal static class TestEncryption
{
    public static MessageEncryption Off { get; } = With();

    public static MessageEncryption On { get; } = With("one");

    /// <summary>Returns encryption under the first of these keys, which is off without keys.</summary>
    public static MessageEncryption With(params string[] keyIds) => Create(keyIds);

    public static MessageEncryption Create(
        string[] keyIds, MessagingMetrics? metrics = null, ILogger<MessageEncryption>? logger = null, TimeProvider? clock = null)
    {
        var options = OptionsOf(isOn: keyIds.Length > 0, keyIds);

        return new MessageEncryption(
            new KeyRing(options),
            options,
            metrics ?? new MessagingMetrics(StoreFolder.MeterFactory()),
            logger ?? NullLogger<MessageEncryption>.Instance,
            clock ?? TimeProvider.System);
    }

    public static IOptions<EncryptionOptions> OptionsOf(bool isOn, params string[] keyIds)
    {
        var settings = keyIds.Length == 0 ? [] : TestKeys.Settings(keyIds);
        settings["Encryption:Messages"] = isOn ? "true" : "false";
        var options = new EncryptionOptions();
        options.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());

        return Options.Create(options);
    }
}
