using CleanMessaging.WebClient.Messages;

namespace CleanMessaging.Client.Tests.Pages;

public sealed class ExpiryTests
{
    /// <summary>What is sent is what the control has shown, also if the default changes at that moment.</summary>
    [Theory]
    [InlineData(null, false, null, null, false)]
    [InlineData(24, false, null, 24, false)]
    [InlineData(null, true, null, null, false)]
    [InlineData(null, false, 168, 168, false)]
    [InlineData(24, false, 168, 24, false)]
    [InlineData(null, true, 168, null, true)]
    public void ToSend_OfAChoice_IsWhatTheControlHasShown(int? hours, bool isNever, int? byDefault, int? sent, bool neverExpires) =>
        new Expiry(hours, isNever).ToSend(byDefault).ShouldBe((sent, neverExpires));
}
