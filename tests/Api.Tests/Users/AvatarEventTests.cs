using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Users;

/// <summary>Tests that the other participants of a user's conversations see a change of the avatar at once.</summary>
public sealed class AvatarEventTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task ChangeAvatar_OfAParticipant_IsSentToTheOtherOne()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var list = await startup.ConnectAsync();

        var first = await investor.ChangeAvatarAsync([1, 2, 3]);
        (await NextAvatarAsync(list)).ShouldBe(first);
        var second = await investor.ChangeAvatarAsync([4, 5, 6]);
        (await NextAvatarAsync(list)).ShouldBe(second);
        (await investor.DeleteAsync("/api/users/avatar")).Expect(HttpStatusCode.OK);
        (await NextAvatarAsync(list)).ShouldBeNull();

        Task<Guid?> NextAvatarAsync(TestConnection connection) => AvatarOfAsync(connection, conversationId, investor.Id);
    }

    [Fact]
    public async Task ChangeAvatar_OfAUser_IsNotSentToUsersWithoutACommonConversation()
    {
        var (investor, _, _) = await _server.RegisterPairAsync();
        var (_, unrelated, conversationId) = await _server.RegisterPairAsync();
        await using var list = await unrelated.ConnectAsync();

        await investor.ChangeAvatarAsync([1, 2, 3]);

        await list.CatchUpAsync(conversationId);
        list.Unread("ConversationUpdated").ShouldBeEmpty();
    }

    /// <summary>Returns the avatar of a user in the next list update.</summary>
    private static async Task<Guid?> AvatarOfAsync(TestConnection connection, Guid conversationId, Guid userId)
    {
        var updated = await connection.NextAsync(
            "ConversationUpdated", updated => updated.GetProperty("conversation").Id() == conversationId);
        var user = updated.GetProperty("conversation").GetProperty("participants").EnumerateArray()
            .Single(participant => participant.GetProperty("userId").GetGuid() == userId);

        return user.GetProperty("avatarId") is { ValueKind: JsonValueKind.String } avatarId ? avatarId.GetGuid() : null;
    }
}
