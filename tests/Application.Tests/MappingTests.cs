using AutoMapper;
using AutoMapper.Internal;
using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Application.Tests;

public sealed class MappingTests : IDisposable
{
    private static readonly DateTimeOffset _noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    private readonly ServiceProvider _services = new ServiceCollection().AddLogging().AddApplication(null).BuildServiceProvider();

    private IMapper Mapper => _services.GetRequiredService<IMapper>();

    [Fact]
    public void Maps_Always_CoverEveryMember()
    {
        Mapper.ConfigurationProvider.Internal().GetAllTypeMaps().ShouldNotBeEmpty();

        Should.NotThrow(Mapper.ConfigurationProvider.AssertConfigurationIsValid);
    }

    [Fact]
    public void Message_FromEntityAndFromEvent_IsTheSame()
    {
        var message = SendMessage(out var sent);

        var fromEntity = Mapper.Map<MessageResponse>(message);
        var fromEvent = Mapper.Map<MessageResponse>(sent);

        fromEvent.Reactions.ShouldBe(fromEntity.Reactions);
        fromEvent.Attachments.ShouldBe(fromEntity.Attachments);
        fromEntity.Attachments.Select(attachment => (attachment.Name, attachment.Description, attachment.ContentType, attachment.Bytes))
            .ShouldBe([("plan.pdf", "The plan", "application/pdf", 3), ("figures.pdf", null, "application/pdf", 3)]);
        (fromEvent with { Reactions = fromEntity.Reactions, Attachments = fromEntity.Attachments }).ShouldBe(fromEntity);
        fromEntity.Content.ShouldBe("Hello");
        fromEntity.ExpiresAt.ShouldBe(fromEntity.CreatedAt.AddHours(2));
        fromEntity.IsRead.ShouldBeFalse();
        fromEntity.ReplyToSequence.ShouldBe(1);
    }

    public void Dispose() => _services.Dispose();

    private static Message SendMessage(out MessageSent sent)
    {
        var investor = new User(Guid.CreateVersion7(_noon), "investor@example.com", "Ines", UserRole.Investor);
        var startup = new User(Guid.CreateVersion7(_noon), "startup@example.com", "Stan", UserRole.Startup);
        var conversation = Conversation.Start(investor, startup, price: 0, agreed: null, _noon);
        Send(new MessageDraft(new UserId(investor.Id), "First")).Sequence.ShouldBe(1);
        Attachment[] attachments = [CreateAttachment(conversation, "plan.pdf", "The plan"), CreateAttachment(conversation, "figures.pdf", null)];
        var ids = attachments.Select(attachment => new AttachmentId(attachment.Id)).ToList();
        var message = Send(
            new MessageDraft(new UserId(investor.Id), "Hello", 2, new ClientMessageId(Guid.CreateVersion7(_noon)), replyToSequence: 1, attachmentIds: ids),
            attachments);
        sent = message.DomainEvents.ShouldHaveSingleItem().ShouldBeOfType<MessageSent>();

        return message;

        Message Send(MessageDraft draft, params Attachment[] attached) => Message.Send(
            conversation, MessageQuota.Open(investor.Id), Wallet.Open(investor.Id, 0, _noon), QuotaPolicy.Default, draft, maxPoints: null, _noon, attached);

        Attachment CreateAttachment(Conversation conversation, string name, string? description)
        {
            var uploader = new UserId(investor.Id);
            var draft = new AttachmentDraft(
                uploader, new ConversationId(conversation.Id), new ClientUploadId(Guid.CreateVersion7()), AttachmentKind.File, name, bytes: 3, description);
            var attachment = Attachment.Begin(
                draft, StorageAllowance.Open(uploader), new StorageUse(Bytes: 0, OpenUploads: 0), AttachmentPolicy.Default, _ => [1], _noon);
            attachment.Receive(offset: 0, length: 3, _noon);
            attachment.Complete(new AttachmentContent("application/pdf", Guid.CreateVersion7(), Bytes: 3), _noon).ShouldBeTrue();

            return attachment;
        }
    }
}
