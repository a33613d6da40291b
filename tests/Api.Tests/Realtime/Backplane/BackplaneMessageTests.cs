using System.Text;
using System.Text.Json;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Sessions;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Infrastructure.Realtime.Backplane;
using CleanMessaging.Infrastructure.Realtime.Events;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Realtime.Backplane;

/// <summary>Tests that a server can read the backplane messages of another one, and rejects any invalid message entirely.</summary>
public sealed class BackplaneMessageTests
{
    private static readonly Guid _sender = Guid.CreateVersion7();
    private static readonly Guid _one = Guid.CreateVersion7();
    private static readonly Guid _other = Guid.CreateVersion7();
    private static readonly DateTimeOffset _now = new(2026, 11, 23, 7, 0, 0, TimeSpan.Zero);

    private static readonly object[] _ofTheFirstRelease =
    [
        new Heartbeat(),
        new Leaving(),
        new MessageSent(new MessageId(Guid.CreateVersion7()), new ConversationId(_one), 7, 8, new UserId(_other), "\"Grüße\" \U0001F600\n", _now, null, null, [_one, _other]),
        new MessageSent(new MessageId(Guid.CreateVersion7()), new ConversationId(_one), 7, 8, new UserId(_other), "", _now, _now.AddHours(1), new ClientMessageId(Guid.CreateVersion7()), []),
        new MessagesRead(new ConversationId(_one), new UserId(_other), 3, 5, [_one, _other], _now),
        new ConversationStarted(new ConversationId(_one), [_one, _other], _now),
        new UserTyped(new ConversationId(_one), new UserId(_other), true, _now, 3, 3, [_one]),
        new SessionRevoked(new UserId(_one), new SessionId(_other), _now),
    ];

    private static readonly object[] _ofLaterReleases =
    [
        new MessageEdited(new MessageId(Guid.CreateVersion7()), new ConversationId(_one), 9, [_one, _other]),
        new MessageReacted(new MessageId(Guid.CreateVersion7()), new ConversationId(_one), 10, [_one, _other]),
        new MessagePlayed(new MessageId(Guid.CreateVersion7()), new ConversationId(_one), 15, [_one, _other]),
        new MessageExpirationChanged(new MessageId(Guid.CreateVersion7()), new ConversationId(_one), 11, [_one, _other]),
        new DefaultExpirationChanged(new ConversationId(_one), 12, 24, new UserId(_other), [_one, _other]),
        new DefaultExpirationChanged(new ConversationId(_one), 12, null, new UserId(_other), []),
        new MessageDeleted(new MessageId(Guid.CreateVersion7()), new ConversationId(_one), 7, 13, _now, MessageDeleter.Sender, null, [_one, _other]) { ViewerIds = [_other] },
        new MessageDeleted(new MessageId(Guid.CreateVersion7()), new ConversationId(_one), 7, 13, _now, MessageDeleter.Moderator, _now.AddHours(1), [_one, _other]),
        new PersonalStateChanged(new ConversationId(_one), new UserId(_other), 14),
        new AvatarChanged(new UserId(_one), new AttachmentId(_other)),
        new AvatarChanged(new UserId(_one), null),
    ];

    public static TheoryData<object> ContentsOfTheFirstRelease => [.. _ofTheFirstRelease];

    public static TheoryData<object> Contents => [.. _ofTheFirstRelease, .. _ofLaterReleases];

    [Fact]
    public void Contents_Always_HaveEveryKindThatCrossesServers() =>
        EventRegistry.Kinds
            .Where(kind => kind.WireName is not null)
            .Select(kind => kind.Type)
            .Except(_ofTheFirstRelease.Concat(_ofLaterReleases).Select(content => content.GetType()))
            .ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Contents), DisableDiscoveryEnumeration = true)]
    public void Read_OfWhatWasWritten_IsTheSame(object content)
    {
        var written = new BackplaneMessage(_sender, 42, content).Write();

        var read = BackplaneMessage.Read(written);

        read.Sender.ShouldBe(_sender);
        read.Number.ShouldBe(42);
        read.Content.GetType().ShouldBe(content.GetType());
        read.IsEvent.ShouldBe(content is not (Heartbeat or Leaving));
        read.Write().ShouldBe(written);
    }

    [Fact]
    public void Read_OfAReply_HasTheSequence()
    {
        var reply = new MessageSent(new MessageId(_one), new ConversationId(_one), 7, 8, new UserId(_other), "Yes", _now, null, null, [_one, _other])
        {
            ReplyToSequence = 3,
        };

        BackplaneMessage.Read(new BackplaneMessage(_sender, 42, reply).Write()).Content.ShouldBeOfType<MessageSent>().ReplyToSequence.ShouldBe(3);
    }

    [Fact]
    public void Read_OfAMessageWithAttachments_HasThem()
    {
        var image = new MessageAttachment(_one, AttachmentKind.Image, "Grüße \"1\".png", "A chart", "image/png", 3, 640, 480, "LEHV6", null, null);
        var voice = new MessageAttachment(_other, AttachmentKind.Voice, "voice.ogg", null, "audio/ogg", 4, null, null, null, 1500, [0, 50, 100]);
        var sent = new MessageSent(new MessageId(_one), new ConversationId(_one), 7, 8, new UserId(_other), "", _now, null, null, [_one, _other])
        {
            Attachments = [image, voice],
        };

        var read = BackplaneMessage.Read(new BackplaneMessage(_sender, 42, sent).Write()).Content.ShouldBeOfType<MessageSent>().Attachments.ShouldNotBeNull();

        read[0].ShouldBe(image);
        (read[1] with { Waveform = voice.Waveform }).ShouldBe(voice);
        read[1].Waveform.ShouldBe([0, 50, 100]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"sender":"01a206d4-cf9f-7b87-9ac8-f297898e0f90","number":1,"kind":"MessageSent","content":{}}""")]
    [InlineData("""{"sender":"01a206d4-cf9f-7b87-9ac8-f297898e0f90","number":1,"kind":"Heartbeat","content":null}""")]
    [InlineData("""{"sender":"01a206d4-cf9f-7b87-9ac8-f297898e0f90","number":"1","kind":"Heartbeat","content":{}}""")]
    public void Read_OfAnythingElse_IsRejected(string json) =>
        Should.Throw<JsonException>(() => BackplaneMessage.Read(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [MemberData(nameof(ContentsOfTheFirstRelease), DisableDiscoveryEnumeration = true)]
    public void Write_OfAKindOfTheFirstRelease_CanBeReadByIt(object content)
    {
        var written = new BackplaneMessage(_sender, 42, content).Write();

        Should.NotThrow(() => FirstReleaseBackplane.Read(written));
    }

    [Theory]
    [InlineData("Pulse")]
    [InlineData("Heartbeat")]
    public void Read_OfAHeartbeat_KnowsBothOfItsNames(string kind) =>
        Read($$"""{"sender":"{{_sender}}","number":1,"kind":"{{kind}}","content":{ } }""").Content.ShouldBeOfType<Heartbeat>();

    [Fact]
    public void Read_OfANewerVersion_IgnoresUnknownMembers()
    {
        var message = Read($$"""
            {"sender":"{{_sender}}","number":7,"version":9,"kind":"ConversationStarted","region":"north",
             "content":{"conversationId":"{{_one}}","participantIds":["{{_other}}"],"at":"2026-11-23T07:00:00Z","topic":{"name":"new"} } }
            """);

        message.Version.ShouldBe(9);
        message.Number.ShouldBe(7);
        message.Content.ShouldBeOfType<ConversationStarted>().ParticipantIds.ShouldBe([_other]);
    }

    [Fact]
    public void Read_OfAKindOfANewerVersion_IsAnUnknownEvent()
    {
        var message = Read($$"""{"sender":"{{_sender}}","number":7,"version":2,"kind":"MessagePinned","content":{"text":"new"} }""");

        message.Content.ShouldBeOfType<UnknownEvent>();
        message.IsEvent.ShouldBeTrue("Its number must not count as a gap.");
    }

    [Fact]
    public void Read_WithoutAVersion_IsTheFirstVersion() =>
        Read($$"""{"sender":"{{_sender}}","number":1,"kind":"Leaving","content":{ } }""").Version.ShouldBe(1);

    private static BackplaneMessage Read(string json) => BackplaneMessage.Read(Encoding.UTF8.GetBytes(json));
}
