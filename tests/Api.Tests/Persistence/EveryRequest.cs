using System.Net;
using CleanMessaging.Api.Tests.Wallets;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>Calls every operation of users and Admins, and the hub methods to join and to read; verifies that each succeeds.</summary>
internal static class EveryRequest
{
    public static async Task MakeAsync(ApiServer server)
    {
        var admin = await server.CreateAdminAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var credit = (await admin.CreditAsync(investor.Id, 10, WalletSteps.NewKey())).Expect(HttpStatusCode.Created).Data.Id();
        (await admin.CreditAsync(investor.Id, 10, WalletSteps.NewKey())).Expect(HttpStatusCode.Created);
        (await admin.PutAsync($"/api/admin/users/{investor.Id}/quota", new { dailyFreeLimit = 1, pointsPerMessage = 5 }))
            .Expect(HttpStatusCode.OK);
        var clientMessageId = Guid.CreateVersion7();
        (await investor.SendAsync(conversationId, "Free", clientMessageId)).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(conversationId, "Free", clientMessageId)).Expect(HttpStatusCode.OK);
        var paid = (await investor.SendAsync(conversationId, "Paid")).Expect(HttpStatusCode.Created).Data.Id();
        (await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK);
        (await startup.GetAsync($"/api/messages?conversationId={conversationId}&before={paid}")).Expect(HttpStatusCode.OK);
        (await startup.GetAsync($"/api/messages?conversationId={conversationId}&around=1")).Expect(HttpStatusCode.OK);
        (await startup.GetAsync($"/api/messages/lookup?conversationId={conversationId}&sequences=1,2")).Expect(HttpStatusCode.OK);
        (await startup.PostAsync("/api/messages/search", new { query = "paid" })).Expect(HttpStatusCode.OK);
        (await startup.PostAsync("/api/messages/search", new { query = "paid", conversationId, before = "2100-01-01T00:00:00Z" })).Expect(HttpStatusCode.OK);
        (await startup.PostAsync("/api/messages/send", new { conversationId, content = "Reply", replyToSequence = 1 })).Expect(HttpStatusCode.Created);
        (await startup.GetAsync($"/api/messages?conversationId={conversationId}&limit=1")).Expect(HttpStatusCode.OK);
        (await startup.PostAsync("/api/messages/read", new { conversationId, messageIds = new[] { paid } })).Expect(HttpStatusCode.OK);
        (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        (await investor.PutAsync($"/api/messages/{paid}/content", new { content = "Edited", version = 0 })).Expect(HttpStatusCode.OK);
        (await startup.GetAsync($"/api/messages/{paid}/versions")).Expect(HttpStatusCode.OK);
        (await startup.ReactAsync(paid, "👍")).Expect(HttpStatusCode.OK);
        (await startup.UnreactAsync(paid)).Expect(HttpStatusCode.OK);
        (await investor.ExpireSoonerAsync(paid, 24)).Expect(HttpStatusCode.OK);
        (await startup.SetExpirationAsync(conversationId, 24)).Expect(HttpStatusCode.OK);
        (await investor.DeleteAsync($"/api/messages/{paid}")).Expect(HttpStatusCode.OK);
        (await startup.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { paid } })).Expect(HttpStatusCode.OK);
        var attachment = await server.AddAttachmentAsync(investor.Id, conversationId);
        var withAttachment = (await investor.SendAttachmentsAsync(conversationId, "", [attachment])).Expect(HttpStatusCode.Created).Data.Id();
        (await investor.ExpireSoonerAsync(withAttachment, 1)).Expect(HttpStatusCode.OK);
        (await investor.DeleteMessageAsync(withAttachment)).Expect(HttpStatusCode.OK);
        await ChangePersonalStateAsync(startup, $"/api/conversations/{conversationId}");
        string[] read =
        [
            "/api/conversations", "/api/conversations?filter=archived", "/api/conversations/unread", $"/api/conversations/{conversationId}", "/api/messages/quota", "/api/rules", "/api/wallet",
            "/api/wallet/transactions", "/api/users",
        ];
        foreach (var path in read)
            (await investor.GetAsync(path)).Expect(HttpStatusCode.OK);
        (await investor.PostAsync("/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = 0 } } }))
            .Expect(HttpStatusCode.OK);
        await using (var connection = await startup.ConnectAsync())
        {
            await connection.Hub.InvokeAsync("Join", new { conversationId, sinceRevision = 0 }, TestContext.Current.CancellationToken);
            await connection.Hub.InvokeAsync("Read", new { conversationId }, TestContext.Current.CancellationToken);
        }

        await UseAttachmentsAsync(server, startup, investor, admin, conversationId);
        (await admin.ReverseAsync(credit)).Expect(HttpStatusCode.Created);
        (await admin.PostAsync("/api/admin/messages/purge", new { expiredBefore = server.Clock.GetUtcNow().AddDays(-31), reason = "Test" })).Expect(HttpStatusCode.OK);
        (await admin.GetAsync("/api/admin/actions")).Expect(HttpStatusCode.OK);
        (await admin.GetAsync("/api/admin/wallets/verify")).Expect(HttpStatusCode.OK);
        (await admin.GetAsync($"/api/admin/users/{investor.Id}")).Expect(HttpStatusCode.OK);
        (await admin.GetAsync($"/api/admin/users/{investor.Id}/wallet/transactions")).Expect(HttpStatusCode.OK);
        var again = await server.LogInAsync(investor.Email);
        (await server.PostAsync("/api/auth/refresh", new { refreshToken = again.RefreshToken })).Expect(HttpStatusCode.OK);
        (await startup.PostAsync("/api/auth/password", new { currentPassword = ApiServer.Password, newPassword = "another-password-1" }))
            .Expect(HttpStatusCode.OK);
        (await admin.PostAsync($"/api/admin/users/{investor.Id}/deactivate", new { })).Expect(HttpStatusCode.OK);
        (await admin.PostAsync($"/api/admin/users/{investor.Id}/reactivate", new { })).Expect(HttpStatusCode.OK);
        (await admin.PostAsync("/api/auth/logout", new { })).Expect(HttpStatusCode.OK);
    }

    private static async Task UseAttachmentsAsync(
        ApiServer server, TestUser sender, TestUser receiver, TestUser admin, Guid conversationId)
    {
        (await admin.PutAsync($"/api/admin/users/{sender.Id}/storage", new { bytesLimit = 1_000_000 })).Expect(HttpStatusCode.OK);
        var (attachmentId, _) = await sender.SendAttachmentAsync(conversationId, UploadSteps.Bytes(100));
        (await receiver.Client.GetByteArrayAsync($"/api/attachments/{attachmentId}")).ShouldBe(UploadSteps.Bytes(100));
        (await receiver.PostAsync("/api/attachments/links", new { attachmentIds = new[] { attachmentId } })).Expect(HttpStatusCode.OK);
        (await receiver.GetAsync($"/api/conversations/{conversationId}/attachments")).Expect(HttpStatusCode.OK);
        (await receiver.GetAsync($"/api/conversations/{conversationId}/attachments?kind=file")).Expect(HttpStatusCode.OK);
        (await sender.GetAsync("/api/attachments/usage")).Expect(HttpStatusCode.OK);
        var voice = await server.AddAttachmentAsync(sender.Id, conversationId, AttachmentKind.Voice);
        var voiceMessage = (await sender.SendAttachmentsAsync(conversationId, "", [voice])).Expect(HttpStatusCode.Created).Data.Id();
        (await receiver.MarkPlayedAsync(conversationId, voiceMessage)).Expect(HttpStatusCode.OK);
        var canceled = await sender.BegunUploadAsync(conversationId, 10);
        (await sender.GetAsync($"/api/uploads/{canceled}")).Expect(HttpStatusCode.OK);
        (await sender.DeleteAsync($"/api/uploads/{canceled}")).Expect(HttpStatusCode.NoContent);
        var avatarId = await sender.ChangeAvatarAsync(UploadSteps.Bytes(100));
        (await receiver.Client.GetByteArrayAsync($"/api/attachments/{avatarId}")).ShouldBe(UploadSteps.Bytes(100));
        (await sender.RemoveAvatarAsync()).Expect(HttpStatusCode.OK);
    }

    private static async Task ChangePersonalStateAsync(TestUser user, string conversation)
    {
        foreach (var what in new[] { "archive", "mute", "pin" })
        {
            object body = what == "archive" ? new { throughSequence = 1 } : new { };
            (what == "pin" ? await user.PutAsync($"{conversation}/pin") : await user.PutAsync($"{conversation}/{what}", body))
                .Expect(HttpStatusCode.OK);
            (await user.DeleteAsync($"{conversation}/{what}")).Expect(HttpStatusCode.OK);
        }

        (await user.PostAsync($"{conversation}/clear", new { throughSequence = 1 })).Expect(HttpStatusCode.OK);
        (await user.PostAsync($"{conversation}/delete", new { throughSequence = 1 })).Expect(HttpStatusCode.OK);
    }
}
