using CleanMessaging.Hostile.Tests.Authorization;
using CleanMessaging.Hostile.Tests.Mutations;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Hostile.Tests;

/// <summary>The classes of this project that take the longest.</summary>
public sealed class LongestTestsFirst() : LongestFirst(typeof(MutationTests), typeof(OperationMatrixTests));
