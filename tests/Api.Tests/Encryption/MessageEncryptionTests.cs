using System.Diagnostics.Metrics;
using CleanMessaging.Api.Tests.Attachments.Storage;
using CleanMessaging.Api.Tests.Messages;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Telemetry;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Api.Tests.Encryption;

/// <summary>Tests the stored form of encrypted texts, without a database.</summary>
public sealed class MessageEncryptionTests
{
    private static readonly TextPlace _place = new(
        new ConversationId(Guid.CreateVersion7()), new MessageId(Guid.CreateVersion7()), 7, new UserId(Guid.CreateVersion7()), 2);

    private readonly MessageEncryption _encryption = TestEncryption.With("one");
    private readonly byte[] _key;

    public MessageEncryptionTests() => _key = _encryption.CreateKey(_place.ConversationId);

    [Theory]
    [MemberData(nameof(SendMessageTests.VerbatimTexts), MemberType = typeof(SendMessageTests))]
    public void Decrypt_OfAnyText_ReturnsItVerbatim(string text)
    {
        var stored = _encryption.Encrypt(_place, _key, text);

        stored.ShouldNotContain(text.Length > 3 ? text : "\0");
        TestEncryption.With("one").Decrypt(_place, _key, stored).ShouldBe(text);
    }

    [Fact]
    public void Encrypt_OfTheLongestText_FitsIntoItsColumn()
    {
        var text = string.Concat(Enumerable.Repeat("𝔘", 5_000));

        var stored = _encryption.Encrypt(_place, _key, text);

        stored.Length.ShouldBe(MessageEncryption.StoredMaxLength);
        _encryption.Decrypt(_place, _key, stored).ShouldBe(text);
    }

    [Fact]
    public void Encrypt_OfAnEmptyText_StaysEmpty() => _encryption.Encrypt(_place, _key, "").ShouldBe("");

    /// <summary>The same text twice, also in the same place, must not be recognizable.</summary>
    [Fact]
    public void Encrypt_OfTheSameTextManyTimes_NeverUsesANonceAgain() =>
        Enumerable.Range(0, 100_000)
            .Select(_ => Convert.ToHexString(Convert.FromBase64String(_encryption.Encrypt(_place, _key, "x")).AsSpan(1, 12)))
            .Distinct()
            .Count()
            .ShouldBe(100_000);

    [Fact]
    public void Decrypt_InAnotherPlace_ReturnsNothing()
    {
        var stored = _encryption.Encrypt(_place, _key, "Text");
        TextPlace[] others =
        [
            _place with { MessageId = new MessageId(Guid.CreateVersion7()) },
            _place with { Sequence = 8 },
            _place with { SenderId = new UserId(Guid.CreateVersion7()) },
            _place with { Version = 3 },
        ];

        foreach (var other in others)
            _encryption.Decrypt(other, _key, stored).ShouldBeNull(other.ToString());

        var conversation = _place with { ConversationId = new ConversationId(Guid.CreateVersion7()) };
        _encryption.Decrypt(conversation, _key, stored).ShouldBeNull("the key is of another conversation");
        _encryption.Decrypt(conversation, _encryption.CreateKey(conversation.ConversationId), stored).ShouldBeNull("the text is under another key");
    }

    [Fact]
    public void Decrypt_OfAChangedText_ReturnsNothing()
    {
        var stored = Convert.FromBase64String(_encryption.Encrypt(_place, _key, "Text"));

        for (var index = 0; index < stored.Length; index++)
        {
            var changed = stored.ToArray();
            changed[index] ^= 1;
            _encryption.Decrypt(_place, _key, Convert.ToBase64String(changed)).ShouldBeNull($"byte {index}");
            _encryption.Decrypt(_place, _key, Convert.ToBase64String(stored.AsSpan(0, index))).ShouldBeNull($"{index} bytes");
        }

        foreach (var other in new[] { "Text", "====", "🙂", new string('A', 26_708) })
            _encryption.Decrypt(_place, _key, other).ShouldBeNull(other);
    }

    [Fact]
    public void Decrypt_WithAChangedKey_ReturnsNothing()
    {
        var stored = _encryption.Encrypt(_place, _key, "Text");

        for (var index = 0; index < _key.Length; index++)
        {
            var changed = _key.ToArray();
            changed[index] ^= 1;
            TestEncryption.With("one").Decrypt(_place, changed, stored).ShouldBeNull($"byte {index}");
        }

        TestEncryption.With("one").Decrypt(_place, null, stored).ShouldBeNull();
        TestEncryption.With("two").Decrypt(_place, _key, stored).ShouldBeNull("the ring does not have the key");
    }

    [Fact]
    public void EncryptKeyAgain_AfterTheRingHasANewKey_LeavesTheTextsAsTheyAre()
    {
        var stored = _encryption.Encrypt(_place, _key, "Text");

        var again = TestEncryption.With("two", "one").EncryptKeyAgain(_place.ConversationId, _key);

        TestEncryption.With("two").Decrypt(_place, again, stored).ShouldBe("Text");
        TestEncryption.With("one").Decrypt(_place, again, stored).ShouldBeNull();
    }

    [Fact]
    public void Decrypt_OfManyUnreadableTexts_CountsAllAndLogsOneAMinute()
    {
        var (meters, logs, clock, counted) = (StoreFolder.MeterFactory(), new CapturedLogs(), new FakeTimeProvider(), 0L);
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(logs));
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, subscriber) =>
        {
            if (instrument.Name == "cleanmessaging.messages.unreadable" && instrument.Meter.Scope == meters)
                subscriber.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => counted += value);
        listener.Start();
        var encryption = TestEncryption.Create(["one"], new MessagingMetrics(meters), logging.CreateLogger<MessageEncryption>(), clock);

        for (var number = 0; number < 3; number++)
            encryption.Decrypt(_place, _key, "AAAA");
        logs.Lines.ShouldHaveSingleItem().Level.ShouldBe(LogLevel.Error);
        clock.Advance(TimeSpan.FromMinutes(1));
        encryption.Decrypt(_place, _key, "AAAA");

        logs.Lines.Count.ShouldBe(2);
        logs.Lines.ShouldAllBe(line => line.Text.Contains(_place.MessageId.Value.ToString()));
        counted.ShouldBe(4);
    }
}
