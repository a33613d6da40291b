using System.Reflection;
using System.Runtime.CompilerServices;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Sessions;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Domain.Tests;

public sealed class ArchitectureTests
{
    private static readonly Assembly _domain = typeof(AggregateRoot).Assembly;

    private static readonly IReadOnlyList<Type> _types =
        [.. _domain.GetTypes().Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false))];

    [Fact]
    public void Domain_Always_ReferencesNothingButTheFramework()
    {
        var references = _domain.GetReferencedAssemblies().Select(reference => reference.FullName).ToList();

        _domain.GetName().Name.ShouldBe("CleanMessaging.Domain");
        references.ShouldContain(reference => reference.StartsWith("System.Runtime,"));
        references.ShouldAllBe(reference => reference.StartsWith("System."));
    }

    [Fact]
    public void Properties_OfDomainTypes_CannotBeSetFromOutside()
    {
        var properties = _types
            .SelectMany(
                type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .ToList();

        properties.ShouldContain(property => property.DeclaringType == typeof(Wallet) && property.Name == nameof(Wallet.Balance));
        properties.Where(IsSettable).Select(property => $"{property.DeclaringType}.{property.Name}").ShouldBeEmpty();

        static bool IsSettable(PropertyInfo property) =>
            property.SetMethod is { IsPublic: true } setter && !(IsInit(setter) && IsRecord(property.DeclaringType!));
    }

    [Fact]
    public void Aggregates_Always_AreSealedAndCreatedOnlyByThemselves()
    {
        var aggregates = _types.Where(type => type.IsSubclassOf(typeof(AggregateRoot))).ToList();

        aggregates.ShouldBe(
            [
                typeof(Attachment), typeof(Conversation), typeof(Message), typeof(MessageQuota), typeof(Session), typeof(StorageAllowance),
                typeof(Wallet),
            ],
            ignoreOrder: true);
        aggregates.ShouldAllBe(aggregate => aggregate.IsSealed);
        aggregates.SelectMany(aggregate => aggregate.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance))
            .ShouldAllBe(constructor => constructor.IsPrivate && constructor.GetParameters().Length == 0);
    }

    [Fact]
    public void Events_Always_CarryValuesAndNoEntities()
    {
        var events = _types.Where(type => type.IsClass && type.IsAssignableTo(typeof(IDomainEvent))).ToList();
        var values = events.SelectMany(type => type.GetProperties()).ToList();

        events.ShouldBe(
            [
                typeof(ConversationStarted), typeof(DefaultExpirationChanged), typeof(MessagesRead), typeof(PersonalStateChanged), typeof(MessageDeleted),
                typeof(MessageEdited), typeof(MessageExpirationChanged),
                typeof(AvatarChanged), typeof(MessagePlayed), typeof(MessageReacted), typeof(MessageSent),
                typeof(SessionRevoked), typeof(WalletCharged),
            ],
            ignoreOrder: true);
        events.ShouldAllBe(type => type.IsSealed && IsRecord(type));
        events.Where(type => type.IsAssignableTo(typeof(ICreationEvent))).ShouldBe([typeof(ConversationStarted), typeof(MessageSent)], ignoreOrder: true);
        events.Where(type => !type.IsAssignableTo(typeof(IVerifiableEvent))).ShouldBe([typeof(WalletCharged)]);
        values.ShouldContain(value => value.Name == nameof(MessageSent.MessageId));
        values.ShouldAllBe(value => value.PropertyType.IsValueType
            || value.PropertyType == typeof(string)
            || value.PropertyType == typeof(IReadOnlyList<Guid>)
            || value.PropertyType == typeof(IReadOnlyList<MessageAttachment>));
        IsRecord(typeof(MessageAttachment)).ShouldBeTrue();
    }

    [Fact]
    public void MessageSent_AsText_ContainsNoContent()
    {
        var sent = Sending.ByInvestor().Send(Given.Noon, content: "between us").DomainEvents.ShouldHaveSingleItem();

        var text = sent.ToString().ShouldNotBeNull();

        text.ShouldStartWith("MessageSent");
        text.ShouldNotContain("between us");
    }

    private static bool IsInit(MethodInfo setter) => setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static bool IsRecord(Type type) => type.IsValueType
        ? type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null
        : type.GetMethod("<Clone>$") is not null;
}
