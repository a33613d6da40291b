namespace CleanMessaging.Web.Tests;

/// <summary>Two people with their conversation open, side by side.</summary>
internal sealed record Scene(Visitor Investor, Visitor Startup, TestUser InvestorUser, TestUser StartupUser, Guid ConversationId);
