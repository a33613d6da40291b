using System.Reflection;
using System.Runtime.CompilerServices;
using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.WebApi.Authentication;

namespace CleanMessaging.Api.Tests;

/// <summary>
/// Enforces docs/decisions/0039-typed-ids.md: two ids of a signature cannot be swapped by mistake. Two ids could be if both are a
/// <see cref="Guid"/>, or both are lists of <see cref="Guid"/>, wherever they stand in the signature. A typed id next to an untyped one
/// counts as well, because a typed id converts to <see cref="Guid"/>.
/// </summary>
public sealed class TypedIdTests
{
    /// <summary>The members of these records have the names of JSON members. They are constructed with named arguments or by AutoMapper.</summary>
    private const string Json = "a JSON contract, constructed by name";

    /// <summary>The two ids mean the same, and their order does not matter.</summary>
    private const string SameMeaning = "ids of the same meaning in any order";

    /// <summary>Only the storage of attachments knows these ids, which are the names of its objects.</summary>
    private const string OfAnObject = "an object in the storage of attachments";

    /// <summary>The other id has its type, so the two cannot be exchanged.</summary>
    private const string OfARow = "the id of the row itself, with one of another type";

    /// <summary>Signatures with untyped ids, with the reason.</summary>
    private static readonly Dictionary<string, string> _exceptions = new()
    {
        ["Conversation.PairOf"] = SameMeaning,
        ["IConversationRepository.FindIdByPairAsync"] = SameMeaning,
        ["ConversationRepository.FindIdByPairAsync"] = SameMeaning,
        ["LedgerReader.Session.Earlier"] = SameMeaning,
        ["User..ctor"] = OfARow,
        ["ReceivePartCommand..ctor"] = OfAnObject,
        ["AttachmentContent..ctor"] = OfAnObject,
        ["IAttachmentStore.WriteAsync"] = OfAnObject,
        ["AttachmentStore.WriteAsync"] = OfAnObject,
        ["AttachmentStore.CipherOf"] = OfAnObject,
        ["AdminActionResponse..ctor"] = Json,
        ["MessageResponse..ctor"] = Json,
        ["SentAttachment..ctor"] = Json,
        ["UploadResponse..ctor"] = Json,
        ["ConversationResponse..ctor"] = Json,
        ["ParticipantResponse..ctor"] = Json,
        ["UserResponse..ctor"] = Json,
        ["UserSummary..ctor"] = Json,
        ["FoundUser..ctor"] = Json,
        ["JoinedConversation..ctor"] = Json,
        ["ExpirationChangedEvent..ctor"] = Json,
        ["TypingEvent..ctor"] = Json,
        ["ReadEvent..ctor"] = Json,
        ["UserTransactionResponse..ctor"] = Json,
        ["WalletTransactionResponse..ctor"] = Json,
    };

    private static readonly Type[] _ids =
    [
        typeof(UserId), typeof(ConversationId), typeof(MessageId), typeof(ClientMessageId), typeof(SessionId), typeof(TransactionId),
        typeof(AttachmentId), typeof(ClientUploadId),
    ];

    private static readonly Assembly[] _assemblies =
        [typeof(UserId).Assembly, typeof(SendMessageCommand).Assembly, typeof(HubGroups).Assembly, typeof(Caller).Assembly];

    [Fact]
    public void Signatures_WithSeveralIds_UseTheirTypes()
    {
        var signatures = Signatures().ToList();
        var untyped = signatures.Where(signature => HasExchangeableIds(signature.Types)).Select(signature => signature.Name).Distinct().ToList();

        signatures.Count(signature => signature.Types.Count(type => Array.Exists(_ids, id => id == ScalarOf(type))) > 1).ShouldBeGreaterThan(20);
        untyped.Except(_exceptions.Keys).ShouldBeEmpty();
        _exceptions.Keys.Except(untyped).ShouldBeEmpty();
    }

    /// <summary>An id of another kind and a bare <see cref="Guid"/> do not compile where an id is expected: no conversion is implicit.</summary>
    [Fact]
    public void Ids_OfEachKind_ConvertImplicitlyToAGuidOnly()
    {
        foreach (var id in _ids)
        {
            id.GetMethods().Where(method => method.Name == "op_Implicit")
                .ShouldHaveSingleItem().ReturnType.ShouldBe(typeof(Guid), id.Name);
        }

        typeof(UserId).Assembly.GetTypes().Where(type => type.Namespace == typeof(UserId).Namespace).ShouldBe(_ids, ignoreOrder: true);
    }

    [Fact]
    public void ToString_OfAnId_IsThatOfTheGuid()
    {
        var value = Guid.CreateVersion7();

        foreach (var id in _ids)
            Activator.CreateInstance(id, value).ShouldNotBeNull().ToString().ShouldBe(value.ToString());
    }

    /// <summary>The parameters of each method and constructor, and the items of each tuple in a signature or a field.</summary>
    private static IEnumerable<(string Name, IReadOnlyList<Type> Types)> Signatures()
    {
        const BindingFlags Declared =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var types = _assemblies.SelectMany(assembly => assembly.GetTypes()).Where(type => type.FullName?.Contains("CleanMessaging") == true);
        foreach (var type in types.Where(type => type.Namespace?.Contains(".CompiledModel") != true))
        {
            foreach (var method in type.GetMembers(Declared).OfType<MethodBase>().Where(method => method.Name != "Deconstruct"))
            {
                var parameters = method.GetParameters().Select(parameter => parameter.ParameterType).ToList();
                var name = $"{NameOf(type)}.{method.Name}";
                yield return (name, parameters);
                foreach (var tuple in parameters.Append((method as MethodInfo)?.ReturnType).SelectMany(TuplesIn))
                    yield return (name, tuple);
            }

            foreach (var field in type.GetFields(Declared))
            {
                foreach (var tuple in TuplesIn(field.FieldType))
                    yield return ($"{NameOf(type)}.{field.Name}", tuple);
            }
        }
    }

    private static IEnumerable<IReadOnlyList<Type>> TuplesIn(Type? type)
    {
        if (type is null)
            return [];

        var inner = type.GetGenericArguments().Append(type.GetElementType()).SelectMany(TuplesIn);

        return type.IsConstructedGenericType && type.IsAssignableTo(typeof(ITuple)) ? inner.Prepend(type.GetGenericArguments()) : inner;
    }

    /// <summary>Whether a signature has two ids, or two lists of ids, and at least one of them is untyped.</summary>
    private static bool HasExchangeableIds(IReadOnlyList<Type> types) =>
        AreExchangeable([.. types.Select(ScalarOf)]) || AreExchangeable([.. types.Select(ItemOf)]);

    private static bool AreExchangeable(IReadOnlyCollection<Type?> types) =>
        types.Contains(typeof(Guid)) && types.Count(type => type == typeof(Guid) || Array.Exists(_ids, id => id == type)) > 1;

    private static Type ScalarOf(Type type)
    {
        var value = type.IsByRef ? type.GetElementType()! : type;

        return Nullable.GetUnderlyingType(value) ?? value;
    }

    private static Type? ItemOf(Type type) =>
        type.GetElementType() ?? (type.IsConstructedGenericType && type.GetGenericArguments() is [var item] && !type.IsValueType ? item : null);

    private static string NameOf(Type type) => type.IsNested ? $"{NameOf(type.DeclaringType!)}.{type.Name}" : type.Name;
}
