namespace CleanMessaging.Web.Tests;

/// <summary>Two users who have their conversation open in separate browsers.</summary>
internal sealed record Scene(Visitor Investor, Visitor Startup, TestUser InvestorUser, TestUser StartupUser, Guid ConversationId);
