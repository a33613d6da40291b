using CleanMessaging.Fault.Tests;
using CleanMessaging.Tests.Support;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(FaultPostgres))]
[assembly: TestCollectionOrderer(typeof(LongestTestsFirst))]

// Each test has its own servers and mostly waits for them: two at a time use 40% of two cores. Tests that stop the shared
// PostgreSQL, or measure times, run with no other test.
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 3)]
