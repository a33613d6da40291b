using System.Net.Http.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Wallets;

/// <summary>Admin operations on wallets.</summary>
internal static class WalletSteps
{
    private const string KeyHeader = "Idempotency-Key";

    /// <summary>Credits a wallet with an <c>Idempotency-Key</c>; null omits the header.</summary>
    public static async Task<Answer> CreditAsync(this TestUser admin, Guid userId, object amount, string? key, string reason = "Bought")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/admin/wallets/{userId}/credit");
        request.Content = JsonContent.Create(new { amount, reason });
        if (key is not null)
            request.Headers.TryAddWithoutValidation(KeyHeader, key).ShouldBeTrue();

        return await Answer.OfAsync(await admin.Client.SendAsync(request));
    }

    public static Task<Answer> ReverseAsync(this TestUser admin, Guid transactionId, string reason = "Mistake") =>
        admin.PostAsync($"/api/admin/wallet-transactions/{transactionId}/reverse", new { reason });

    public static string NewKey() => $"{Guid.CreateVersion7()}";
}
