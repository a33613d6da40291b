using CleanMessaging.Client.Tests;
using CleanMessaging.Tests.Support;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(TestPostgres))]
[assembly: TestCollectionOrderer(typeof(LongestTestsFirst))]

// Three on two cores: a test waits for half of its time, for lost connections, the console client and the clock.
[assembly: Parallelization(MaxThreads = 3)]
