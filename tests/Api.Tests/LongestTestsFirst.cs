using CleanMessaging.Api.Tests.Attachments.Inspection;
using CleanMessaging.Api.Tests.Messages;
using CleanMessaging.Api.Tests.Messages.Model;
using CleanMessaging.Api.Tests.Persistence;
using CleanMessaging.Api.Tests.Startup;
using CleanMessaging.Api.Tests.Wallets;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests;

/// <summary>The classes of this project that take longer than 20 seconds in a thorough run.</summary>
public sealed class LongestTestsFirst() : LongestFirst(
    typeof(MessageModelTests),
    typeof(SendPathTests),
    typeof(StartRejectionTests),
    typeof(NearestVisibleTests),
    typeof(HostileImageTests),
    typeof(VerifyLedgerTests),
    typeof(ChangeHistoryTests),
    typeof(RequestHashTests),
    typeof(CultureTests));
