namespace CleanMessaging.Web.Tests;

/// <summary>Two users, of whom the Investor and usually also the Startup have their conversation open in separate browsers.</summary>
internal sealed record Scene(Visitor Investor, Visitor? BrowserOfStartup, TestUser InvestorUser, TestUser StartupUser, Guid ConversationId)
{
    public Visitor Startup => BrowserOfStartup ?? throw new InvalidOperationException("Only the Investor has the conversation open.");
}
