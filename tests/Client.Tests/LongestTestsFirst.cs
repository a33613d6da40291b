using CleanMessaging.Client.Tests.Live;
using CleanMessaging.Client.Tests.Samples;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests;

/// <summary>The classes of this project that take the longest.</summary>
public sealed class LongestTestsFirst() : LongestFirst(typeof(BadLineTests), typeof(ConsoleTests), typeof(SessionLifeTests));
