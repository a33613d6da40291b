using CleanMessaging.WebClient.Messages;

namespace CleanMessaging.Client.Tests.Pages;

public sealed class ExpiryTests
{
    /// <summary>What is sent is what the control has shown, also if the default changes before the server accepts the message.</summary>
    [Theory]
    [InlineData(null, false, null, null, true)]
    [InlineData(24, false, null, 24, false)]
    [InlineData(null, true, null, null, true)]
    [InlineData(null, false, 168, 168, false)]
    [InlineData(24, false, 168, 24, false)]
    [InlineData(null, true, 168, null, true)]
    public void ToSend_OfAChoice_IsWhatTheControlHasShown(int? hours, bool isNever, int? byDefault, int? sent, bool neverExpires) =>
        new Expiry(hours, isNever).ToSend(byDefault, knowsNever: true).ShouldBe((sent, neverExpires));

    [Theory]
    [InlineData(null, false, null)]
    [InlineData(24, false, 24)]
    [InlineData(null, true, null)]
    public void ToSend_ToAServerOfAnEarlierVersion_NeverSaysThatTheMessageStays(int? hours, bool isNever, int? sent) =>
        new Expiry(hours, isNever).ToSend(defaultHours: null, knowsNever: false).ShouldBe((sent, false));
}
